// Relay, as an application uses it: fragments, a connection that grows page by page, an object fetched again by its ID.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import React, { Suspense, act } from 'react';
import relay from 'react-relay';
import renderer from 'react-test-renderer';
import runtime from 'relay-runtime';

import { open, post } from '../service.mjs';
import { environment } from './environment.mjs';
import countryAgreementsQuery from '../generated/relay/CountryAgreementsQuery.graphql.js';
import countryFragment from '../generated/relay/CountryAgreements_country.graphql.js';
import agreementFragment from '../generated/relay/CountryAgreements_agreement.graphql.js';

const { RelayEnvironmentProvider, useFragment, useLazyLoadQuery, usePaginationFragment } = relay;
const { ConnectionHandler, fetchQuery } = runtime;
const element = React.createElement;

// What React asks of those who render without a browser.
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
globalThis.IS_REACT_NATIVE_TEST_ENVIRONMENT = true;

/** The same agreements without Relay: what the tests compare with. */
const inOnePage = async (code, first) => {
    const { data } = await post(open, {
        query: `
            query ($code: CountryCode!, $first: Int!) {
                country(code: $code) {
                    id
                    agreements(first: $first) {
                        nodes {
                            id
                            title
                        }
                    }
                }
            }
        `,
        variables: { code, first },
    });
    return data.country;
};

suite('Relay', () => {
    test('a pagination fragment loads the next page after the first', async () => {
        const screen = await render({ code: 'KR', count: 4 });
        const country = await inOnePage('KR', 12);
        assert.equal(screen.current.data.name, 'Republic of Korea');
        assert.deepEqual(screen.titles(), country.agreements.nodes.slice(0, 4).map(({ title }) => title));
        assert.equal(screen.current.hasNext, true);

        await screen.loadNext(8);
        assert.deepEqual(screen.titles(), country.agreements.nodes.map(({ title }) => title));
        screen.close();
    });

    test('a refetch fetches the object again by its ID, from the first page on', async () => {
        const screen = await render({ code: 'KR', count: 4 });
        await screen.loadNext(4);
        await screen.refetch({ count: 2 });
        const country = await inOnePage('KR', 2);
        assert.deepEqual(screen.titles(), country.agreements.nodes.map(({ title }) => title));
        assert.deepEqual(screen.requests.at(-1), {
            name: 'CountryAgreementsPaginationQuery',
            variables: { count: 2, cursor: null, id: country.id },
        });
        screen.close();
    });

    test('the last page says that it is the last', async () => {
        const screen = await render({ code: 'KR', count: 1 });
        await screen.loadNext(100);
        assert.equal(screen.titles().length, screen.current.data.agreements.totalCount);
        assert.equal(screen.current.hasNext, false);
        screen.close();
    });

    test('the store holds each entry of both pages once', async () => {
        const requests = [];
        const here = environment(open, requests);
        const { country } = await fetchQuery(here, countryAgreementsQuery, { code: 'KR', count: 4 }).toPromise();
        const pagination = countryFragment.metadata.refetch.operation;
        const endCursor = () => connection(here, country.id).getLinkedRecord('pageInfo').getValue('endCursor');
        const retained = here.retain(
            runtime.createOperationDescriptor(countryAgreementsQuery, { code: 'KR', count: 4 }),
        );
        await fetchQuery(here, pagination, { id: country.id, count: 4, cursor: endCursor() }).toPromise();

        const ids = connection(here, country.id)
            .getLinkedRecords('edges')
            .map((edge) => edge.getLinkedRecord('node').getDataID());
        const expected = await inOnePage('KR', 8);
        assert.deepEqual(ids, expected.agreements.nodes.map(({ id }) => id));
        assert.deepEqual(
            requests.map(({ name }) => name),
            ['CountryAgreementsQuery', 'CountryAgreementsPaginationQuery'],
        );
        retained.dispose();
    });
});

/** Relay's record of the list of a country's agreements. */
function connection(here, country) {
    let found;
    here.commitUpdate((store) => {
        found = ConnectionHandler.getConnection(store.get(country), 'CountryAgreements_agreements');
    });
    return found;
}

/** Shows a country's agreements, and waits until the first page is there. */
async function render(variables) {
    const screen = { requests: [] };

    const Agreement = ({ agreement }) => useFragment(agreementFragment, agreement).title;
    const List = ({ country }) => {
        screen.current = usePaginationFragment(countryFragment, country);
        return screen.current.data.agreements.edges.map(({ node }) =>
            element('li', { key: node.id }, element(Agreement, { agreement: node })),
        );
    };
    const Page = () => element(List, useLazyLoadQuery(countryAgreementsQuery, variables));

    const here = environment(open, screen.requests);
    let shown;
    await act(async () => {
        shown = renderer.create(
            element(
                RelayEnvironmentProvider,
                { environment: here },
                element(Suspense, { fallback: 'loading' }, element(Page)),
            ),
        );
    });
    await act(() => here.answered());

    screen.titles = () => shown.root.findAllByType('li').flatMap(({ children }) => children[0].children);
    screen.loadNext = (count) =>
        act(
            () =>
                new Promise((resolve, reject) =>
                    screen.current.loadNext(count, {
                        onComplete: (error) => (error ? reject(error) : resolve()),
                    }),
                ),
        );
    screen.refetch = async (changed) => {
        await act(async () => screen.current.refetch(changed, { fetchPolicy: 'network-only' }));
        await act(() => here.answered());
    };
    screen.close = () => act(() => shown.unmount());
    return screen;
}
