// A service that runs the documents of its manifests and no others. The manifests are those of relay-compiler and of
// Apollo's generator.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

import { gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import runtime from 'relay-runtime';

import { client } from './apollo/client.mjs';
import { institutions, parties } from './apollo/documents.mjs';
import countryAgreementsQuery from './generated/relay/CountryAgreementsQuery.graphql.js';
import countryFragment from './generated/relay/CountryAgreements_country.graphql.js';
import { environment } from './relay/environment.mjs';
import { enforcing, generated, post } from './service.mjs';

const { fetchQuery } = runtime;

const manifest = async (name) =>
    JSON.parse(await readFile(new URL(`trusted-documents/${name}.json`, generated)));
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

suite('trusted documents', () => {
    test("Relay's operations run by their IDs", async () => {
        const here = environment(enforcing, [], { trusted: true });
        const variables = { code: 'KR', count: 3 };
        const { country } = await fetchQuery(here, countryAgreementsQuery, variables).toPromise();
        assert.equal(here.getStore().getSource().get(country.id).name, 'Republic of Korea');
        const { node } = await fetchQuery(here, countryFragment.metadata.refetch.operation, {
            id: country.id,
            count: 3,
            cursor: null,
        }).toPromise();
        assert.notEqual(node, null);
    });

    test("Apollo's operations run by their IDs, posted and as GET", async () => {
        const { operations } = await manifest('apollo');
        const [{ id }] = operations.filter(({ name }) => name === 'Institutions');
        const request = { documentId: `sha256:${id}`, variables: { first: 2 } };
        const posted = await post(enforcing, request);
        assert.equal(posted.data.institutions.edges.length, 2);

        const address = new URL(enforcing);
        address.search = new URLSearchParams({
            documentId: request.documentId,
            variables: JSON.stringify(request.variables),
        });
        const got = await fetch(address, { headers: { accept: 'application/graphql-response+json' } });
        assert.equal(got.status, 200);
        assert.deepEqual((await got.json()).data, posted.data);
    });

    test('Apollo Client runs the operations of its manifest', async () => {
        const loadManifest = () => manifest('apollo');
        const ids = new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest }));
        const apollo = client(enforcing, { links: [ids] });
        const { data } = await apollo.query({ query: institutions, variables: { first: 2 } });
        assert.equal(data.institutions.edges.length, 2);
        const none = await apollo.query({ query: parties, variables: { slug: 'none' } });
        assert.equal(none.data.agreement, null);
        apollo.stop();
    });

    test('a trusted document may also be sent as its text', async () => {
        const [query] = Object.values(await manifest('relay'));
        const { data, errors } = await post(enforcing, { query, variables: { code: 'KR', count: 1 } });
        assert.equal(errors, undefined);
        assert.notEqual(data, undefined);
    });

    test('another document is refused, by text, by ID and by registering it', async () => {
        const query = '{ country(code: "KR") { name } }';
        const persistedQuery = { version: 1, sha256Hash: sha256(query) };
        for (const request of [
            { query },
            { documentId: `sha256:${sha256(query)}` },
            { query, extensions: { persistedQuery } },
        ]) {
            const { status, data, errors } = await post(enforcing, request);
            assert.equal(status, 400, JSON.stringify(request));
            assert.equal(data, undefined);
            assert.equal(errors[0].extensions.code, 'PERSISTED_QUERY_REQUIRED', JSON.stringify(request));
        }
        const { errors } = await post(enforcing, { extensions: { persistedQuery } });
        assert.match(errors[0].extensions.code, /^PERSISTED_QUERY_(NOT_FOUND|REQUIRED)$/);
    });

    test('a program sees why its document was refused', async () => {
        const apollo = client(enforcing);
        const query = gql`
            {
                country(code: "KR") {
                    id
                }
            }
        `;
        const { error } = await apollo.query({ query, errorPolicy: 'all' });
        assert.equal(error.errors[0].extensions.code, 'PERSISTED_QUERY_REQUIRED');
        apollo.stop();
    });
});
