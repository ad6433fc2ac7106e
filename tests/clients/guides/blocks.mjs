// What the guides tell their readers to run: the shell's commands, in their order, and a program with a typed client.

import { readFile } from 'node:fs/promises';

/** The guides of the three kinds of users, and the account of the demonstration that each is read with. */
export const guides = [
    { name: 'front-ends', account: 'rep.kr@example.org' },
    { name: 'partner-agencies', account: 'admin@example.org' },
    { name: 'administrators', account: 'admin@example.org' },
];

/** The blocks of a guide: their language and their text. */
export async function blocksOf(guide) {
    const text = await readFile(new URL(`../../../api/docs/${guide}.md`, import.meta.url), 'utf8');
    return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, body]) => ({ language, body }));
}

/** The commands of a guide. */
export async function commandsOf(guide) {
    return (await blocksOf(guide)).filter(({ language }) => language === 'sh').map(({ body }) => body);
}

/** The program of a guide: a block of documents, and the block of TypeScript that follows it. */
export async function programOf(guide) {
    const blocks = await blocksOf(guide);
    const place = blocks.findIndex(({ language }, at) => language === 'ts' && blocks[at - 1]?.language === 'graphql');
    if (place < 0) throw new Error(`${guide}.md shows no program with a typed client`);
    return { documents: blocks[place - 1].body, program: blocks[place].body };
}
