"""`kb completion`: the script that lets a shell complete the words of `kb`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from kb.commands.registry import COMPLETE_VARIABLE, argument, command
from kb.text.lang import t


class Shell(StrEnum):
    """Shells that kb can talk to."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


# Bash splits words at colons, and replaces only what follows the last one; it shows descriptions where it lists.
_BASH = r"""_kb() {
  local line="${COMP_LINE:0:COMP_POINT}" value said typed cut
  typed="${line##*[[:space:]]}"
  cut="${typed%"${typed##*[:=]}"}"
  COMPREPLY=()
  while IFS=$'\t' read -r value said; do
    if [[ $value == :files ]]; then
      compopt -o default 2> /dev/null
      return
    fi
    printf -v value '%q' "$value"
    value="${value#"$cut"}"
    if [[ $COMP_TYPE == 63 && -n $said ]]; then value="$value  ($said)"; fi
    COMPREPLY+=("$value")
  done < <(VARIABLE="$line" kb 2> /dev/null)
}
complete -F _kb kb
"""

_ZSH = r"""#compdef kb
_kb() {
  local value said
  local -a found
  while IFS=$'\t' read -r value said; do
    if [[ $value == :files ]]; then
      _files
      return
    fi
    found+=("${value//:/\\:}${said:+:$said}")
  done < <(VARIABLE="${(j: :)words[1,CURRENT-1]} $PREFIX" kb 2> /dev/null)
  (( $#found )) && _describe -V kb found
}
if (( $+functions[compdef] )); then compdef _kb kb; fi
"""

_FISH = r"""function __kb_complete
    set -l found (VARIABLE=(commandline -cp | string collect) command kb 2> /dev/null)
    if test "$found[1]" = ":files"
        __fish_complete_path (commandline -ct)
    else if set -q found[1]
        printf '%s\n' $found
    end
end
complete -c kb -f -a '(__kb_complete)'
"""

SCRIPTS = {Shell.BASH: _BASH, Shell.ZSH: _ZSH, Shell.FISH: _FISH}


@command(
    "completion",
    t("シェルで Tab を押すと補えるようにする", "let your shell complete words of kb"),
    example="kb completion bash > ~/.local/share/bash-completion/completions/kb\n"
    "kb completion zsh > ~/.zfunc/_kb\n"
    "kb completion fish > ~/.config/fish/completions/kb.fish",
)
def completion(
    shell: Annotated[Shell, argument("bash|zsh|fish", t("使っているシェル", "the shell you use"))],
) -> None:
    """Print the script of a shell."""
    print(SCRIPTS[shell].replace("VARIABLE", COMPLETE_VARIABLE), end="")
