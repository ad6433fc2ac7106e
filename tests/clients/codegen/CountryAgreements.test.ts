// A TypeScript program over the types that graphql-codegen makes: what compiles here is what the service answers. Where
// a comment expects an error of the compiler, its absence is one.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { readFragment } from '../generated/codegen/fragment-masking';
import {
    AgreementSummaryFragmentDoc,
    CountryAgreementsDocument,
    OneAgreementDocument,
    type AgreementStatus,
    type AgreementSummaryFragment,
    type TypedDocumentString,
} from '../generated/codegen/graphql';

const service = process.env['CLIENTS_SERVICE'];
assert(service, 'run.sh says where the service is');

async function execute<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
): Promise<Result> {
    const response = await fetch(service!, {
        method: 'POST',
        headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json' },
        body: JSON.stringify({ query: document, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Result; errors?: unknown };
    assert.equal(errors, undefined);
    return data;
}

// Each status has its word; one that the schema gains or loses stops the compiler here.
const words: Record<AgreementStatus, string> = {
    IN_FORCE: 'in force',
    NEGOTIATING: 'being negotiated',
    SIGNED: 'signed',
    SUSPENDED: 'suspended',
    TERMINATED: 'over',
    UNKNOWN: 'unknown',
};

const year = (date: NonNullable<AgreementSummaryFragment['signedOn']>) => Number(date.slice(0, 4));

async function agreementsOf(code: string): Promise<readonly AgreementSummaryFragment[]> {
    const { country } = await execute(CountryAgreementsDocument, {
        code,
        first: 25,
        filter: { status: ['IN_FORCE'], signedOn: { from: '1990-01-01' } },
    });
    assert(country);
    return readFragment(AgreementSummaryFragmentDoc, country.agreements.nodes);
}

suite('TypeScript', () => {
    test('reads enumerations, dates, decimals and addresses as the schema types them', async () => {
        const agreements = await agreementsOf('KR');
        assert.notEqual(agreements.length, 0);
        for (const { signedOn, status, textUrl, updatedAt } of agreements) {
            assert.equal(words[status], 'in force');
            // @ts-expect-error A signature may be unknown.
            const alwaysSigned: string = signedOn;
            assert(alwaysSigned !== null && year(alwaysSigned as NonNullable<typeof signedOn>) >= 1990);
            assert(textUrl === null || URL.canParse(textUrl));
            assert(!Number.isNaN(Date.parse(updatedAt)));
        }
    });

    test('tells the kinds of party apart', async () => {
        for (const { parties } of await agreementsOf('KR')) {
            const codes = parties.flatMap(({ party }) => {
                switch (party.__typename) {
                    case 'Country':
                        return [party.code];
                    case 'CountryGroup':
                        // @ts-expect-error The query asks for the code of a country alone.
                        assert.equal(party.code, undefined);
                        return party.members.map(({ country }) => country.code);
                }
            });
            assert(codes.includes('KR'));
        }
    });

    test('asks for one agreement by one key', async () => {
        const [first] = await agreementsOf('KR');
        assert(first);
        const { agreement } = await execute(OneAgreementDocument, { by: { id: first.id } });
        // @ts-expect-error There may be no such agreement.
        const { slug } = agreement;
        const again = await execute(OneAgreementDocument, { by: { slug } });
        assert.equal(again.agreement?.id, first.id);

        // @ts-expect-error One key, not two.
        await assert.rejects(execute(OneAgreementDocument, { by: { id: first.id, slug } }));
        const refused = { code: 'KR', first: 1 };
        // @ts-expect-error Not a status.
        await assert.rejects(execute(CountryAgreementsDocument, { ...refused, filter: { status: ['OVER'] } }));
        const signedOn = { from: 'yesterday' };
        // @ts-expect-error Not a date.
        await assert.rejects(execute(CountryAgreementsDocument, { ...refused, filter: { signedOn } }));
    });
});
