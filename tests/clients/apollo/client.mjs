// Apollo Client over the service, as its documentation sets one up.

import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

import { post } from '../service.mjs';

/** Which types an interface or union has: the cache must know, and asks the service. */
export async function possibleTypes(address) {
    const { data } = await post(address, {
        query: '{ __schema { types { kind name possibleTypes { name } } } }',
    });
    return Object.fromEntries(
        data.__schema.types
            .filter(({ kind }) => kind === 'INTERFACE' || kind === 'UNION')
            .map((type) => [type.name, type.possibleTypes.map(({ name }) => name)]),
    );
}

/** A client, whose requests go through `links` and are noted in `requests`. */
export function client(address, { links = [], requests = [], ...cache } = {}) {
    const http = new HttpLink({
        uri: address,
        fetch: async (url, options) => {
            const response = await fetch(url, options);
            const text = await response.clone().text();
            requests.push({ method: options.method, url: String(url), answer: () => JSON.parse(text) });
            return response;
        },
    });
    return new ApolloClient({
        link: links.reduceRight((next, link) => link.concat(next), http),
        cache: new InMemoryCache({
            typePolicies: {
                Query: { fields: { institutions: relayStylePagination(['filter']) } },
            },
            ...cache,
        }),
    });
}
