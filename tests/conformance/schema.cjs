// Reads the SDL in the file given with the reference implementation; prints what is wrong with it.
const { readFileSync } = require('node:fs');
const { buildSchema, validateSchema } = require('graphql');

const schema = buildSchema(readFileSync(process.argv[2], 'utf8'));
const errors = validateSchema(schema).map((error) => error.message);
const types = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith('__')).length;
console.log(JSON.stringify({ types, errors }));
