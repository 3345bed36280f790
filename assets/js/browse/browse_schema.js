/*
 * The API's description, as the pages about the API read it.
 */
import { getJson } from '../lib/api.js';
import { served } from '../lib/base.js';

export async function loadSchema() {
    return new Schema(await getJson('/api/schema/'));
}

export class Schema {
    constructor(document) {
        this.document = document;
        this.paths = Object.entries(document.paths).map(([path, methods]) => ({
            path,
            methods,
            pattern: new RegExp(`^${path.split(/\{\w+\}/)
                .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
                .join('(\\d+)')}$`),
        }));
    }

    /* What is described at an address: {path, methods}, or null. */
    find(pathname) {
        return this.paths.find(({ pattern }) => pattern.test(pathname)) ?? null;
    }

    follow(node) {
        let found = node;

        for (let i = 0; found?.$ref && i < 10; i++) {
            found = found.$ref.slice(2).split('/')
                .reduce((at, part) => at?.[part], this.document);
        }
        /* A reference with words of its own beside it. */
        if (found?.allOf?.length === 1) {
            const { allOf: [only], ...own } = found;

            return { ...this.follow(only), ...own };
        }
        return found;
    }

    /* The alternatives of a schema, followed. */
    alternatives(node) {
        const found = this.follow(node);

        return (found?.anyOf ?? [found]).map((one) => this.follow(one));
    }

    /* The object that a form can fill, of all that a method takes for this
     * format; null: none. */
    formOf(operation) {
        const content = operation.requestBody?.content?.['application/json'];

        if (!content) {
            return null;
        }
        return this.alternatives(content.schema)
            .find((one) => one?.type === 'object' && one.properties &&
                one.additionalProperties === false) ??
            this.alternatives(content.schema)
                .find((one) => one?.type === 'object' && one.properties) ??
            null;
    }

    /* Names of types: "string", "integer or null", "Order[]". */
    nameOf(node) {
        if (node?.$ref) {
            return node.$ref.split('/').at(-1);
        }
        if (node?.allOf?.length === 1) {
            return this.nameOf(node.allOf[0]);
        }
        if (node?.anyOf) {
            return node.anyOf.map((one) => this.nameOf(one) +
                (one['x-format'] ? ` (format=${one['x-format']})` : ''))
                .join(' or ');
        }
        if (node?.enum) {
            return node.enum.map((word) => JSON.stringify(word)).join(' or ');
        }
        if (node?.type === 'array') {
            return `${this.nameOf(node.items)}[]`;
        }
        if (node?.additionalProperties?.type ||
            node?.additionalProperties?.$ref) {
            return `any name: ${this.nameOf(node.additionalProperties)}`;
        }
        return [node?.type ?? 'any'].flat().join(' or ');
    }

    /* A value that fits, for people to start from. */
    example(node, depth = 0) {
        const found = this.follow(node);

        if (!found || depth > 6) {
            return null;
        }
        if (found.default !== undefined) {
            return found.default;
        }
        if (found.anyOf) {
            return this.example(found.anyOf[0], depth + 1);
        }
        if (found.enum) {
            return found.enum[0];
        }
        return exampleOf[[found.type].flat()[0]]?.(found, this, depth) ?? null;
    }
}

const exampleOf = {
    object(found, schema, depth) {
        const named = Object.entries(found.properties ?? {})
            .map(([name, one]) => [name, exampleFor(name, one, schema, depth)]);

        if (!named.length && found.additionalProperties?.type !== undefined) {
            named.push(['name',
                schema.example(found.additionalProperties, depth + 1)]);
        }
        return Object.fromEntries(named);
    },
    array: (found, schema, depth) => [schema.example(found.items, depth + 1)],
    integer: (found) => Math.max(1, found.minimum ?? 1),
    number: () => 1.5,
    boolean: () => true,
    string(found) {
        if (found.examples) {
            return found.examples[0];
        }
        if (found.format === 'date-time') {
            return '2026-03-02T09:30:00.000000Z';
        }
        if (found.format === 'uri') {
            return `${location.origin}${served('/api/')}`;
        }
        return found.pattern ? '338.67' : 'text';
    },
};

/* Words that say more than "text" does. */
const WORDS = {
    instrument: 'EDF01', quantity: '100', owner: 'demo', username: 'demo',
    client_order_id: 'first', password: 'a long secret', name: 'script',
    epoch: 'k3fQ', email: 'demo@desk.example',
};

function exampleFor(name, node, schema, depth) {
    const found = schema.follow(node);

    return name in WORDS && [found?.type].flat().includes('string')
        ? WORDS[name]
        : schema.example(node, depth + 1);
}
