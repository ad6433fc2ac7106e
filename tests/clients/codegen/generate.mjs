// Makes TypeScript of the documents in this folder and in the guides: graphql-codegen's client preset, without the command that wraps it,
// which asks for a newer Node.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';

import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

import { guides, programOf } from '../guides/blocks.mjs';
import { generated, schemaFile } from '../service.mjs';

// What the schema says of each scalar's text. One without a type here stops the run.
const scalars = {
    CountryCode: 'string',
    CurrencyCode: 'string',
    Date: '`${number}-${number}-${number}`',
    DateTime: '`${number}-${number}-${number}T${string}`',
    Decimal: '`${number}`',
    EmailAddress: '`${string}@${string}`',
    ID: 'string',
    LanguageTag: 'string',
    PartialDate: '`${number}` | `${number}-${number}` | `${number}-${number}-${number}`',
    PhoneNumber: '`+${number}`',
    SyncToken: 'string',
    Url: '`http://${string}` | `https://${string}`',
};

const schemaText = await readFile(schemaFile, 'utf8');

/** Writes what the preset makes of these documents into a folder. */
async function generate(documents, folder) {
    const files = await preset.buildGeneratesSection({
        baseOutputDir: folder.pathname,
        schema: parse(schemaText),
        schemaAst: buildSchema(schemaText),
        documents: documents.map(({ location, rawSDL }) => ({ location, rawSDL, document: parse(rawSDL) })),
        plugins: [],
        pluginMap: {},
        config: { documentMode: 'string', scalars, strictScalars: true, useTypeImports: true },
        presetConfig: { fragmentMasking: { unmaskFunctionName: 'readFragment' } },
    });
    await mkdir(folder, { recursive: true });
    for (const file of files) {
        await writeFile(file.filename, await codegen(file));
    }
}

const names = (await readdir(new URL('.', import.meta.url))).filter((name) => name.endsWith('.graphql'));
const own = names.map(async (name) => ({
    location: name,
    rawSDL: await readFile(new URL(name, import.meta.url), 'utf8'),
}));
await generate(await Promise.all(own), new URL('codegen/', generated));

for (const { name } of guides) {
    const { documents, program } = await programOf(name);
    const folder = new URL(`guides/${name}/`, generated);
    await generate([{ location: `${name}.graphql`, rawSDL: documents }], new URL('balai/', folder));
    await writeFile(new URL('program.ts', folder), program);
}
