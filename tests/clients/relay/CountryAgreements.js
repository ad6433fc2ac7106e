// relay-compiler reads these documents; what the tests run are the artifacts that it makes of them.

const { graphql } = require('relay-runtime');

graphql`
    query CountryAgreementsQuery($code: CountryCode!, $count: Int!) {
        country(code: $code) {
            id
            ...CountryAgreements_country @arguments(count: $count)
        }
    }
`;

graphql`
    fragment CountryAgreements_country on Country
    @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
    @refetchable(queryName: "CountryAgreementsPaginationQuery") {
        name
        agreements(first: $count, after: $cursor)
            @connection(key: "CountryAgreements_agreements") {
            totalCount
            edges {
                node {
                    id
                    ...CountryAgreements_agreement
                }
            }
        }
    }
`;

graphql`
    fragment CountryAgreements_agreement on Agreement {
        title
        status
        parties {
            party {
                __typename
                ... on Country {
                    name
                }
                ... on CountryGroup {
                    name
                }
            }
        }
    }
`;
