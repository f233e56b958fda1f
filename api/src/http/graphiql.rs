//! `/graphiql`: a page to write queries in. It loads nothing from other servers, for a telescope may have no internet.

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing,
};

const PAGE: &str = include_str!("../../assets/graphiql.html");
const START: &str = include_str!("../../assets/graphiql.js");

/// What the page may do: talk to this server, and the styles, fonts and images that `GraphiQL` carries in itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file of another project, compressed; its name carries its version.
struct Vendored {
    name: &'static str,
    content_type: &'static str,
    gzip: &'static [u8],
}

macro_rules! vendored {
    ($name:literal, $content_type:expr) => {
        Vendored {
            name: $name,
            content_type: $content_type,
            gzip: include_bytes!(concat!("../../assets/vendor/", $name, ".gz")),
        }
    };
}

static VENDORED: [Vendored; 4] = [
    vendored!("graphiql-3.9.0.min.js", SCRIPT),
    vendored!("graphiql-3.9.0.min.css", STYLE),
    vendored!("react-18.3.1.production.min.js", SCRIPT),
    vendored!("react-dom-18.3.1.production.min.js", SCRIPT),
];

pub(super) fn routes() -> Router {
    Router::new()
        .route("/graphiql", routing::get(page))
        .route("/graphiql/assets/start.js", routing::get(start))
        .route("/graphiql/assets/{name}", routing::get(asset))
}

async fn page() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, PAGE)
}

async fn start() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, SCRIPT), (header::CACHE_CONTROL, "no-cache")], START)
}

/// Every browser reads gzip, so it is not asked.
async fn asset(Path(name): Path<String>) -> Response {
    let Some(file) = VENDORED.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, file.gzip).into_response()
}
