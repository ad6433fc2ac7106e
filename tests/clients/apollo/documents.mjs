// The documents of the Apollo tests, in one place because the manifest of trusted documents is made of them too.

import { gql } from '@apollo/client';

export const institutions = gql`
    query Institutions($first: Int!, $after: String, $country: [CountryCode!]) {
        institutions(first: $first, after: $after, filter: { country: $country }) {
            totalCount
            edges {
                cursor
                node {
                    id
                    displayName
                    country {
                        id
                        code
                    }
                }
            }
            pageInfo {
                endCursor
                hasNextPage
            }
        }
    }
`;

export const parties = gql`
    query Parties($slug: String!) {
        agreement(by: { slug: $slug }) {
            id
            parties {
                party {
                    ... on Node {
                        id
                    }
                    ... on Country {
                        code
                    }
                    ... on CountryGroup {
                        name
                    }
                }
            }
        }
    }
`;
