// urql: Graphcache's pages, and its persisted documents.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { persistedExchange } from '@urql/exchange-persisted';
import { buildSchema, introspectionFromSchema } from 'graphql';

import { open, post, schemaFile } from './service.mjs';

const opportunities = gql`
    query Opportunities($first: Int!, $after: String) {
        opportunities(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
            totalCount
            edges {
                node {
                    id
                    title
                    deadline
                }
            }
            pageInfo {
                endCursor
                hasNextPage
            }
        }
    }
`;

async function client({ exchanges = [], requests = [] } = {}) {
    const schema = introspectionFromSchema(buildSchema(await readFile(schemaFile, 'utf8')));
    const cache = cacheExchange({
        schema,
        keys: { OpportunityConnection: () => null, OpportunityEdge: () => null, PageInfo: () => null },
        resolvers: { Query: { opportunities: relayPagination() } },
    });
    return new Client({
        url: open,
        exchanges: [cache, ...exchanges, fetchExchange],
        fetch: async (url, options) => {
            const response = await fetch(url, options);
            const text = await response.clone().text();
            requests.push({ method: options.method, url: String(url), answer: () => JSON.parse(text) });
            return response;
        },
    });
}

suite('urql', () => {
    test('Graphcache puts the second page behind the first', async () => {
        const requests = [];
        const urql = await client({ requests });
        const { data: first } = await urql.query(opportunities, { first: 5 });
        const { endCursor } = first.opportunities.pageInfo;
        const { data, error } = await urql.query(opportunities, { first: 5, after: endCursor });
        assert.equal(error, undefined);
        const { data: both } = await post(open, {
            query: '{ opportunities(first: 10, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { id } } }',
        });
        assert.deepEqual(
            data.opportunities.edges.map(({ node }) => node.id),
            both.opportunities.nodes.map(({ id }) => id),
        );
        assert.equal(requests.length, 2);
    });

    test('an error carries its code, path and the rest of the data', async () => {
        const urql = await client();
        const { data, error } = await urql.query(
            gql`
                {
                    fails: opportunities(first: 0) {
                        totalCount
                    }
                    country(code: "KR") {
                        id
                        code
                    }
                }
            `,
            {},
        );
        assert.equal(data.country.code, 'KR');
        assert.deepEqual(
            error.graphQLErrors.map(({ path, extensions }) => [path, extensions.code]),
            [[['fails'], 'BAD_USER_INPUT']],
        );
    });

    test('a persisted document is sent by its hash, and registered where it is not known', async () => {
        const requests = [];
        // A text that no earlier run has registered.
        const document = gql(`query Once_${Date.now()} { country(code: "VN") { id name } }`);
        const exchanges = [persistedExchange({ preferGetForPersistedQueries: 'force' })];
        for (const urql of [await client({ exchanges, requests }), await client({ exchanges, requests })]) {
            const { data, error } = await urql.query(document, {});
            assert.equal(error, undefined);
            assert.equal(data.country.name, 'Viet Nam');
        }

        const [asked, registered, found, ...rest] = requests;
        assert.deepEqual(rest, []);
        assert.equal(asked.method, 'GET');
        assert.equal(asked.answer().errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
        assert.equal(registered.answer().data.country.name, 'Viet Nam');
        assert.equal(found.method, 'GET');
        assert.equal(new URL(found.url).searchParams.has('query'), false);
    });
});
