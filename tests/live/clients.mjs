// The reference clients against a server: what they see is printed, a JSON value a line.
//
// node clients.mjs FOLDER ws|sse URL    FOLDER has the packages in its node_modules

import { createRequire } from 'node:module';

const [folder, transport, url] = process.argv.slice(2);
const require = createRequire(`${folder}/`);

const clients = {
  ws: () =>
    require('graphql-ws').createClient({ url, webSocketImpl: require('ws'), retryAttempts: 0 }),
  sse: () => require('graphql-sse').createClient({ url, retryAttempts: 0 }),
};

const say = (value) => console.log(JSON.stringify(value));

/** The first `count` images that come after `since`. */
function images(client, since, count) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const query =
      'subscription ($since: String) { imageAdded(since: $since) { position image { path } } }';
    const stop = client.subscribe(
      { query, variables: { since } },
      {
        next: (result) => {
          if (result.errors) {
            reject(result.errors);
            return;
          }
          // What was on its way when it stopped is not asked for any more.
          if (seen.length < count) {
            seen.push(result.data.imageAdded);
          }
          if (seen.length === count) {
            stop();
            resolve(seen);
          }
        },
        error: reject,
        complete: () => resolve(seen),
      },
    );
  });
}

/** The errors that a document is answered with, however the client tells them. */
function errors(client, query) {
  return new Promise((resolve) => {
    client.subscribe(
      { query },
      {
        next: (result) => result.errors && resolve(result.errors),
        error: resolve,
        complete: () => resolve([]),
      },
    );
  });
}

const first = clients[transport]();
const seen = await images(first, null, 3);
say(seen.map(({ image }) => image.path));
// The connection is lost, and another client goes on from the last position.
first.dispose();
const second = clients[transport]();
const rest = await images(second, seen.at(-1).position, 3);
say(rest.map(({ image }) => image.path));
const codes = [];
for (const query of ['subscription {', '{ images { totalCount } }', 'subscription { nothing }']) {
  const told = await errors(second, query);
  codes.push(told[0]?.extensions?.code ?? String(told));
}
say(codes);
second.dispose();
