// A Relay client's list of images: a connection that grows, and a row that is fetched again by its id.
import { graphql } from 'relay-runtime';

graphql`
  query imagesQuery($count: Int = 10, $cursor: String) {
    ...images_list @arguments(count: $count, cursor: $cursor)
  }
`;

graphql`
  fragment images_list on Query
  @refetchable(queryName: "imagesListQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    images(first: $count, after: $cursor, orderBy: [{ field: CREATED_AT, direction: DESC }])
      @connection(key: "images_list_images") {
      edges {
        node {
          id
          path
          ...images_row
        }
      }
    }
  }
`;

graphql`
  fragment images_row on Image @refetchable(queryName: "imagesRowQuery") {
    noiseJy
    measurementSet {
      fieldName
    }
  }
`;
