// Runs the audits of GraphQL over HTTP against the server at the address given; prints what became of each.
const { serverAudits } = require('graphql-http');

const url = process.argv[2];

async function main() {
  const results = [];
  for (const audit of serverAudits({ url, fetchFn: fetch })) {
    const result = await audit.fn();
    const reason = result.status === 'ok' ? null : result.reason;
    results.push({ id: result.id, name: result.name, status: result.status, reason });
  }
  console.log(JSON.stringify(results));
}

main();
