// Makes TypeScript of the documents in this folder: graphql-codegen's client preset, without the command that wraps it,
// which asks for a newer Node.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';

import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

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
    Url: '`http://${string}` | `https://${string}`',
};

const folder = new URL('codegen/', generated);
const schemaText = await readFile(schemaFile, 'utf8');
const names = (await readdir(new URL('.', import.meta.url))).filter((name) => name.endsWith('.graphql'));
const documents = await Promise.all(
    names.map(async (name) => {
        const rawSDL = await readFile(new URL(name, import.meta.url), 'utf8');
        return { location: name, rawSDL, document: parse(rawSDL) };
    }),
);

const files = await preset.buildGeneratesSection({
    baseOutputDir: folder.pathname,
    schema: parse(schemaText),
    schemaAst: buildSchema(schemaText),
    documents,
    plugins: [],
    pluginMap: {},
    config: { documentMode: 'string', scalars, strictScalars: true, useTypeImports: true },
    presetConfig: { fragmentMasking: { unmaskFunctionName: 'readFragment' } },
});
await mkdir(folder, { recursive: true });
for (const file of files) {
    await writeFile(file.filename, await codegen(file));
}
