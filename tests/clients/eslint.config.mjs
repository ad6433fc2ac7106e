// The rules that api/schema.graphql keeps: those that graphql-eslint recommends, those of the Relay specifications, and
// the project's own. A rule is never switched off; what it does not fit is named here with the reason.

import graphql from '@graphql-eslint/eslint-plugin';

const recommended = graphql.configs['flat/schema-recommended'].rules;
const relay = graphql.configs['flat/schema-relay'].rules;
const [, naming] = recommended['@graphql-eslint/naming-convention'];

const withoutId = [
    // Where a page stands, which Relay's specification shapes.
    'PageInfo',
    // A statement about two things that have IDs; it is found through either of them.
    'Accession',
    'AgreementParty',
    'Appointment',
    'GroupMembership',
    'OpportunityPartner',
    // A part of the one thing that shows it; it is written and removed with that thing.
    'ContactEmail',
    'ContactPhone',
    'ExternalId',
    'ContributionTerms',
    'Eligibility',
    'Funding',
    'LocalizedText',
    'Provenance',
    // An answer that is worked out for the countries asked about; nothing keeps it.
    'Cooperation',
    'CooperationPair',
    // A role is told by whose and where it is; it is given and taken by that.
    'RoleGrant',
    // A person has one.
    'Consent',
    // A person in a history, without an account.
    'Actor',
    // A part of an entry.
    'AuditChange',
    // A part of a membership: its term, what it went through, and who applied for it.
    'Applicant',
    'MembershipEvent',
    'MembershipTerm',
    // Numbers, which are counted anew each time.
    'MembershipCountryCount',
    'MembershipStatusCount',
    'MembershipSummary',
    'MembershipTierCount',
    // A file, which is made anew each time.
    'Export',
    // What of contacts there is, or has changed: it is told, and the contacts have IDs.
    'ContactBucket',
    'ContactChanges',
    'ContactDigest',
    'ContactRemoved',
    'ContactUpserted',
    // What whoever follows can rely on: there is one.
    'SyncPolicy',
    // What came of a contact that was pushed is told once, and the contact has an ID.
    'ContactUpsertResult',
    // What is wrong with an input is told once.
    'UserError',
];

// The directives of the GraphQL specification, whose definitions the library prints without telling of their arguments.
const specified = ['include', 'skip', 'specifiedBy'];

export default [
    {
        files: ['**/*.graphql'],
        plugins: { '@graphql-eslint': graphql },
        languageOptions: {
            parser: graphql.parser,
            parserOptions: { graphQLConfig: { schema: 'api/schema.graphql' } },
        },
        rules: {
            ...recommended,
            ...relay,
            '@graphql-eslint/naming-convention': [
                'error',
                {
                    ...naming,
                    types: { style: 'PascalCase', forbiddenSuffixes: ['Enum', 'Type'] },
                    FieldDefinition: { style: 'camelCase', forbiddenPrefixes: ['get'] },
                },
            ],
            '@graphql-eslint/relay-edge-types': [
                'error',
                // Lists that are short by nature, such as the parties to an agreement, are lists and not connections;
                // and each connection has `nodes` beside `edges`.
                { listTypeCanWrapOnlyEdgeType: false },
            ],
            '@graphql-eslint/require-description': [
                'error',
                {
                    types: true,
                    rootField: true,
                    DirectiveDefinition: true,
                    EnumValueDefinition: true,
                    FieldDefinition: true,
                    InputValueDefinition: true,
                    ignoredSelectors: specified.map(
                        (name) => `[type=InputValueDefinition][parent.name.value=${name}]`,
                    ),
                },
            ],
            '@graphql-eslint/strict-id-in-types': [
                'error',
                // Pages and their entries are Relay's too, and the rules for them see to their names. A mutation's payload is told
                // once, and what it holds has IDs.
                { exceptions: { types: withoutId, suffixes: ['Connection', 'Edge', 'Payload'] } },
            ],
        },
    },
];
