#!/bin/sh
# Makes the git repositories of this estate: build.sh OUT. Each folder NAME/1, NAME/2, ... is one commit's
# whole tree, the highest number is HEAD of main. Same input, same commit ids. A file NAME/bare makes it a bare one.
set -eu
here=$(cd "$(dirname "$0")" && pwd); out=$1; mkdir -p "$out"
export GIT_AUTHOR_NAME=dev GIT_AUTHOR_EMAIL=dev@example.jp GIT_COMMITTER_NAME=dev GIT_COMMITTER_EMAIL=dev@example.jp
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
for repo in "$here"/*/; do
  name=$(basename "$repo"); work="$out/$name"; mkdir -p "$work"
  git -C "$work" -c init.defaultBranch=main init -q
  git -C "$work" remote add origin "$(cat "$repo/origin")"
  n=1
  while [ -d "$repo/$n" ]; do
    find "$work" -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
    cp -R "$repo/$n/." "$work/"
    find "$work" -type f ! -path "*/.git/*" -exec chmod 644 {} +
    git -C "$work" -c core.autocrlf=false -c core.fileMode=false add -A -f
    GIT_AUTHOR_DATE="2026-10-0${n}T10:00:00+0900" GIT_COMMITTER_DATE="2026-10-0${n}T10:00:00+0900" \
      git -C "$work" -c commit.gpgsign=false commit -q -m "release $n"
    n=$((n + 1))
  done
  if [ -e "$repo/bare" ]; then # as a mirror keeps it
    mv "$work/.git" "$out/$name.git"
    rm -rf "$work"
    git -C "$out/$name.git" config core.bare true
  fi
done
