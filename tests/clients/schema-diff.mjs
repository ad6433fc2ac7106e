// Compares a schema with the one before it: `node schema-diff.mjs OLD NEW [RECORD]`. A breaking change passes if what
// it removes was marked @deprecated in OLD, and the record of breaking changes has a line for it.

import { readFileSync } from 'node:fs';
import { argv, exit } from 'node:process';

import { BreakingChangeType, buildSchema, findBreakingChanges, getNamedType } from 'graphql';

const [, , oldFile, newFile, recordFile = new URL('breaking-changes.md', import.meta.url)] = argv;
const before = buildSchema(readFileSync(oldFile, 'utf8'));
const after = buildSchema(readFileSync(newFile, 'utf8'));
const inUse = typesInUse(before);

// A line of the record: "- `Country.region was removed.` Why."
const recorded = new Map(
    [...readFileSync(recordFile, 'utf8').matchAll(/^- `(.+?)` +(\S.*)$/gm)].map(
        ([, change, reason]) => [change, reason],
    ),
);

const changes = findBreakingChanges(before, after);
const refused = changes.filter(({ type, description }) => {
    if (!wasDeprecated(type, description)) {
        console.error(`breaks clients, and nothing in it was deprecated: ${description}`);
        return true;
    }
    if (!recorded.has(description)) {
        console.error(`was deprecated, but is not recorded: ${description}`);
        return true;
    }
    console.log(`recorded: ${description} ${recorded.get(description)}`);
    return false;
});
console.log(`${changes.length} breaking changes, ${refused.length} refused`);
exit(refused.length === 0 ? 0 : 1);

function wasDeprecated(type, description) {
    const words = description.split(' ');
    switch (type) {
        case BreakingChangeType.FIELD_REMOVED: {
            // "Country.region was removed."
            const [parent, field] = words[0].split('.');
            return isDeprecated(before.getType(parent).getFields()[field]);
        }
        case BreakingChangeType.ARG_REMOVED: {
            // "Country.name arg language was removed."
            const [parent, field] = words[0].split('.');
            const { args } = before.getType(parent).getFields()[field];
            return isDeprecated(args.find(({ name }) => name === words[2]));
        }
        case BreakingChangeType.VALUE_REMOVED_FROM_ENUM:
            // "FUND was removed from enum type InstitutionKind."
            return isDeprecated(before.getType(words.at(-1).slice(0, -1)).getValue(words[0]));
        case BreakingChangeType.TYPE_REMOVED:
            // "Funding was removed." A type cannot be marked itself: all that led to it must have been.
            return !inUse.has(words[0]);
        default:
            return false;
    }
}

function isDeprecated(part) {
    return part.deprecationReason != null;
}

/** The names of the types that a client comes to from the operations without using anything deprecated. */
function typesInUse(schema) {
    const found = new Set();
    const follow = (type) => {
        if (!type || found.has(type.name)) {
            return;
        }
        found.add(type.name);
        for (const field of Object.values(type.getFields?.() ?? {}).filter((part) => !isDeprecated(part))) {
            follow(getNamedType(field.type));
            for (const arg of (field.args ?? []).filter((part) => !isDeprecated(part))) {
                follow(getNamedType(arg.type));
            }
        }
    };
    [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].forEach(follow);
    return found;
}
