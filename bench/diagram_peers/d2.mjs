// node d2.mjs IN.d2 OUT.svg: D2's own compiler and renderer, with the layout it takes by itself.
import { readFile, writeFile } from "node:fs/promises";
import { D2 } from "@terrastruct/d2";

const [source, target] = process.argv.slice(2);
const d2 = new D2();
const { diagram, renderOptions } = await d2.compile(await readFile(source, "utf8"));
await writeFile(target, await d2.render(diagram, renderOptions));
process.exit(0); // its worker would wait for more
