// Starts GraphiQL. A file of its own, because the page's content security policy allows no inline script.
const newestImages = `# The newest images.
# Control-space completes; the book on the left explains.
{
  images(first: 10, orderBy: [{ field: CREATED_AT, direction: DESC }]) {
    nodes {
      path
      noiseJy
    }
  }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: newestImages,
    defaultEditorToolsVisibility: true,
  }),
);
