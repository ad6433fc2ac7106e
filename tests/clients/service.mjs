// The running services that run.sh started, by the addresses of their GraphQL endpoints.

/** Takes any document. */
export const open = process.env.CLIENTS_SERVICE;

/** Takes the documents of the manifests alone. */
export const enforcing = process.env.CLIENTS_ENFORCING_SERVICE;

/** The schema as the repository keeps it. */
export const schemaFile = new URL('../../api/schema.graphql', import.meta.url);

/** Where the tools' settings put what they make. */
export const generated = new URL('generated/', import.meta.url);

/** Posts one request and gives the answer with its status. */
export async function post(address, request) {
    const response = await fetch(address, {
        method: 'POST',
        headers: {
            accept: 'application/graphql-response+json, application/json;q=0.9',
            'content-type': 'application/json',
        },
        body: JSON.stringify(request),
    });
    return { status: response.status, ...(await response.json()) };
}
