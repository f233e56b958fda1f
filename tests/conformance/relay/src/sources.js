// A connection inside a row, which pages by itself.
import { graphql } from 'relay-runtime';

graphql`
  query sourcesQuery($id: ID!) {
    node(id: $id) {
      ...sources_measurements @alias
    }
  }
`;

graphql`
  fragment sources_measurements on Source
  @refetchable(queryName: "sourcesMeasurementsQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    photometry(first: $count, after: $cursor) @connection(key: "sources_measurements_photometry") {
      edges {
        node {
          mjd
        }
      }
    }
  }
`;
