"""200 labels that mean something to Graphviz, SVG, HTML, Mermaid or PlantUML, on nodes, arrows and groups."""

from __future__ import annotations

import json

from diagram.kit import read

from kb.diagram.model.nouns import Model

EVIL = "window.kbRan=1"
MARKS = [
    # Graphviz: escapes that stand for names, ports, records, HTML-like labels, comments, entities
    r"\N", r"\G", r"\E\T\H", r"C:\New\Gate\List", "a\\", r"\\", "<TABLE>", "<<B>x</B>>", "{x|y}", "a|b", "<f0> x",
    "a:b", "api:8080:n", "&amp;", "&#92;N", "&lt;", "/* x */", "// x", "# x", "a -> b;",
    # SVG and HTML: tags, ends of what they stand in, things that run or fetch
    "<b>太字</b>", "<b", f"<img src=x onerror={EVIL}>", f"</svg><script>{EVIL}</script>", f"]]><script>{EVIL}</script>",
    f"<svg onload={EVIL}>", f'" onmouseover="{EVIL}', f"javascript:{EVIL}", f"--><script>{EVIL}</script>",
    '<image href="https://evil.example/x.png"/>', f"</title><script>{EVIL}</script>", "<!-- x", "<![CDATA[ x",
    # Mermaid and PlantUML: words and marks of theirs, Markdown, directives
    "end", "--> x", "|x|", "[[x]]", "((x))", "#quot;", "%%{init: {}}%%", "**x** _y_ `z`", "1. x", "- x", "@enduml",
    "!include /etc/passwd", "~x~~y", "==x==", "<U+0041>",
    # plain text that is rare: quotes, wide, right to left, joined, combining, beyond the basic plane
    "\"引用\"と'引用'", "あ" * 40, "（" * 12, "Ａ：８０８０", "𠮷野家", "がぎ\u3099", "😀👨\u200d👩\u200d👧",
    "מערכת הפצה", "نظام", "a" * 60, "%s %d %n", "$HOME `id`", "x\u00a0y",
]  # fmt: skip
SHAPES = ("@", "配信 @", "@ 系", "配信@系")
HOSTILE = list(dict.fromkeys(shape.replace("@", mark) for shape in SHAPES for mark in MARKS))[:200]
PAGES = (HOSTILE[:100], HOSTILE[100:])


def plain(text: str) -> str:
    """Words without what wrapping adds or takes away."""
    return "".join(text.split())


def written(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def hostile() -> Model:
    """A view for each hundred labels: every one on a node, on the arrow to the next, and some on groups."""
    tables = []
    for number, labels in enumerate(PAGES):
        tables.append(f'[[view]]\nid = "v{number}"\ngroups = ["v{number}"]\nlabel = {written(labels[-1])}\n')
        tables.append(f'[[group]]\nid = "v{number}"\nlabel = {written(labels[0])}\n')
        for at, label in enumerate(labels):
            group = f"v{number}-{at // 10}"
            if at % 10 == 0:
                tables.append(f'[[group]]\nid = "{group}"\nparent = "v{number}"\nlabel = {written(label)}\n')
            name, following = f"n{number}-{at:02}", f"n{number}-{(at + 1) % len(labels):02}"
            tables.append(
                f'[[node]]\nid = "{name}"\nlabel = {written(label)}\nowner = {written(label)}\ngroup = "{group}"\n'
            )
            tables.append(f'[[edge]]\nfrom = "{name}"\nto = "{following}"\nlabel = {written(label)}\n')
    return read("".join(tables))
