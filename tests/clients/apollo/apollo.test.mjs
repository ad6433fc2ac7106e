// Apollo Client: its cache, its errors and its automatic persisted queries.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';

import { CombinedGraphQLErrors, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { filter, firstValueFrom, timeout } from 'rxjs';

import { open, post } from '../service.mjs';
import { client, possibleTypes } from './client.mjs';
import { institutions, parties } from './documents.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

suite('Apollo Client', () => {
    test('fetchMore puts the next page behind the first', async () => {
        const requests = [];
        const apollo = client(open, { requests });
        const query = apollo.watchQuery({ query: institutions, variables: { first: 5, country: ['KR'] } });
        const watching = query.subscribe();
        const first = await firstValueFrom(query.pipe(filter(({ loading }) => !loading)));
        assert.equal(first.data.institutions.edges.length, 5);

        const longer = ({ data }) => data?.institutions.edges.length > 5;
        const grown = firstValueFrom(query.pipe(filter(longer), timeout(5000)));
        await query.fetchMore({ variables: { after: first.data.institutions.pageInfo.endCursor, first: 100 } });
        const { data } = await grown;
        assert.equal(data.institutions.edges.length, data.institutions.totalCount);
        const { data: whole } = await post(open, {
            query: '{ institutions(first: 100, filter: { country: "KR" }) { nodes { id } } }',
        });
        assert.deepEqual(
            data.institutions.edges.map(({ node }) => node.id),
            whole.institutions.nodes.map(({ id }) => id),
        );
        assert.equal(data.institutions.pageInfo.hasNextPage, false);
        assert.equal(requests.length, 2);
        watching.unsubscribe();
        apollo.stop();
    });

    test('the cache knows from introspection which types an interface has', async () => {
        const types = await possibleTypes(open);
        assert.deepEqual(types.Party, ['Country', 'CountryGroup']);
        const { data } = await post(open, {
            query: '{ country(code: "KR") { agreements(first: 1, filter: { party: "KR" }) { nodes { slug } } } }',
        });
        const [{ slug }] = data.country.agreements.nodes;
        const apollo = client(open, { possibleTypes: types });
        const answered = await apollo.query({ query: parties, variables: { slug } });
        const party = answered.data.agreement.parties.find((party) => party.party.code === 'KR')?.party;
        assert.equal(party.__typename, 'Country');
        // Without the types, the cache would not find the ID below `... on Node`.
        assert.equal(apollo.cache.identify(party), `Country:${party.id}`);
        const cached = await apollo.query({ query: parties, variables: { slug }, fetchPolicy: 'cache-only' });
        assert.deepEqual(cached.data, answered.data);
        apollo.stop();
    });

    test('a refused argument reaches the program with its code and field', async () => {
        const apollo = client(open);
        const tooMany = { query: institutions, variables: { first: 1000 } };
        await assert.rejects(apollo.query(tooMany), (error) => {
            assert(CombinedGraphQLErrors.is(error));
            assert.equal(error.errors[0].extensions.code, 'BAD_USER_INPUT');
            assert.equal(error.errors[0].extensions.field, 'first');
            return true;
        });
        const { data, error } = await apollo.query({ ...tooMany, errorPolicy: 'all' });
        assert.equal(data.institutions, null);
        assert.equal(error.errors[0].extensions.code, 'BAD_USER_INPUT');
        apollo.stop();
    });

    test('one field fails and the other is answered', async () => {
        const apollo = client(open);
        const query = gql`
            {
                fails: countries(first: 0) {
                    totalCount
                }
                country(code: "KR") {
                    id
                    code
                }
            }
        `;
        const { data, error } = await apollo.query({ query, errorPolicy: 'all' });
        assert.equal(data.country.code, 'KR');
        assert.equal(data.fails, null);
        assert.deepEqual(error.errors.map(({ path }) => path), [['fails']]);
        apollo.stop();
    });

    test('automatic persisted queries register once, then go as GET by their hash', async () => {
        const requests = [];
        const persisted = () =>
            client(open, {
                requests,
                links: [new PersistedQueryLink({ sha256, useGETForHashedQueries: true })],
            });
        // A text that no earlier run has registered.
        const query = gql(`query Once_${Date.now()} { country(code: "KH") { id name } }`);

        const apollo = persisted();
        assert.equal((await apollo.query({ query })).data.country.name, 'Cambodia');
        const again = persisted();
        assert.equal((await again.query({ query })).data.country.name, 'Cambodia');
        apollo.stop();
        again.stop();

        const [asked, registered, found, ...rest] = requests;
        assert.deepEqual(rest, []);
        assert.equal(asked.method, 'GET');
        assert.equal(new URL(asked.url).searchParams.has('query'), false);
        assert.equal(asked.answer().errors[0].message, 'PersistedQueryNotFound');
        assert.equal(asked.answer().errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
        assert.equal(registered.answer().data.country.name, 'Cambodia');
        assert.equal(found.method, 'GET');
        assert.equal(new URL(found.url).searchParams.has('query'), false);
        assert.equal(found.answer().data.country.name, 'Cambodia');
    });

    test('a hash that is not the hash of the text is refused', async () => {
        const { status, errors } = await post(open, {
            query: '{ __typename }',
            extensions: { persistedQuery: { version: 1, sha256Hash: sha256('another text') } },
        });
        assert.equal(status, 400);
        assert.equal(errors.length, 1);
    });
});
