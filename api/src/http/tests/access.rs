use almanac_entity::UnixTime;
use almanac_service::access::{Role, Secret, Tokens};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    super::{AdHoc, Documents, Gate, Settings, Strangers, secure::is_origin_allowed},
    Answer, Changes, ask, posting, server_of, settings,
};

const NOW: UnixTime = UnixTime(1.8e9);

/// Tokens, and a server that knows them.
struct House {
    _folder: TempDir,
    tokens: Tokens,
    server: Router,
}

impl House {
    fn new(strangers: Strangers, settings: Settings) -> Self {
        let folder = TempDir::new().unwrap();
        let tokens = Tokens::within(folder.path());
        let gate = Gate::new(tokens.clone(), strangers);
        let server = server_of(settings, &Changes::default(), gate, Documents::default());
        Self { _folder: folder, tokens, server }
    }

    async fn token(&self, role: Role, name: &str) -> Secret {
        let random = [u8::try_from(name.len()).unwrap(); 32];
        self.tokens.create(role, name, None, random, NOW).await.unwrap().1
    }

    async fn ask(&self, authorization: Option<&str>, query: &str) -> Answer {
        let mut request = posting(json!({ "query": query }).to_string());
        if let Some(value) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        ask(self.server.clone(), request).await
    }
}

fn bearer(secret: &Secret) -> String {
    format!("Bearer {}", secret.reveal())
}

#[tokio::test]
async fn a_token_says_who_asks_until_it_is_revoked() {
    let house = House::new(Strangers::AtThisMachine, settings());
    let secret = house.token(Role::Operator, "pipeline").await;
    let answer = house.ask(Some(&bearer(&secret)), "{ principal }").await;
    assert_eq!(answer.json()["data"]["principal"], "pipeline operator");
    let lower = bearer(&secret).replace("Bearer", "bearer");
    assert_eq!(house.ask(Some(&lower), "{ principal }").await.status, StatusCode::OK);
    assert_eq!(house.ask(None, "{ principal }").await.json()["data"]["principal"], Value::Null);

    house.tokens.revoke("pipeline", NOW).await.unwrap();
    let refused = house.ask(Some(&bearer(&secret)), "{ principal }").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.code(), "UNAUTHENTICATED");
    assert_eq!(refused.header(header::WWW_AUTHENTICATE), "Bearer realm=\"almanac\"");
}

#[tokio::test]
async fn what_is_no_token_is_refused_rather_than_ignored() {
    let house = House::new(Strangers::Read, settings());
    for wrong in ["Bearer almanac_wrong", "Bearer ", "Basic YTpi", "almanac_wrong"] {
        let refused = house.ask(Some(wrong), "{ greeting }").await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED".into())
        );
    }
    assert_eq!(house.ask(None, "{ greeting }").await.status, StatusCode::OK);
}

#[tokio::test]
async fn strangers_are_turned_away_where_others_reach_the_server() {
    let house = House::new(Strangers::TurnedAway, settings());
    let secret = house.token(Role::Viewer, "guest").await;
    let refused = house.ask(None, "{ greeting }").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.text.contains("Authorization: Bearer"));
    assert_eq!(house.ask(Some(&bearer(&secret)), "{ greeting }").await.status, StatusCode::OK);
}

#[tokio::test]
async fn strangers_do_not_see_the_schema_unless_they_may() {
    let public = Settings { anonymous_introspection: Some(false), ..settings() };
    let house = House::new(Strangers::Read, public);
    let secret = house.token(Role::Viewer, "guest").await;
    for query in
        ["{ __schema { queryType { name } } }", "{ greeting __type(name: \"Query\") { name } }"]
    {
        assert_eq!(house.ask(None, query).await.code(), "INTROSPECTION_DISABLED");
        let known = house.ask(Some(&bearer(&secret)), query).await;
        assert!(known.json().get("errors").is_none(), "{}", known.text);
    }
    let harmless = house.ask(None, "{ __typename }").await;
    assert_eq!(harmless.json()["data"]["__typename"], "Query");
}

#[tokio::test]
async fn documents_are_named_by_their_hash() {
    let folder = TempDir::new().unwrap();
    assert!(Documents::read(folder.path()).is_err(), "an empty list allows nothing");
    let document = "query Hello { greeting }\n";
    std::fs::write(folder.path().join("hello.graphql"), document).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not one").unwrap();
    let documents = Documents::read(folder.path()).unwrap();
    assert_eq!(documents.len(), 1);
    let gate = Gate::of_this_machine();
    let only = Settings { ad_hoc: AdHoc::Known, ..settings() };
    let server = server_of(only, &Changes::default(), gate, documents);
    let send = |body: Value| ask(server.clone(), posting(body.to_string()));

    let hash = "0".repeat(64);
    let real = super::super::persisted::sha256(document);
    for body in [
        json!({ "documentId": format!("sha256:{real}") }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": real } } }),
        json!({ "query": document }),
    ] {
        assert_eq!(send(body).await.json()["data"]["greeting"], "hello world");
    }
    let unknown = send(json!({ "documentId": format!("sha256:{hash}") })).await;
    assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND");
    let other = send(json!({ "query": "{ greeting }" })).await;
    assert_eq!((other.status, other.code()), (StatusCode::FORBIDDEN, "FORBIDDEN".into()));
    let both =
        send(json!({ "query": "{ greeting }", "documentId": format!("sha256:{real}") })).await;
    assert_eq!(both.status, StatusCode::BAD_REQUEST);
    let by_get = format!("/graphql?documentId=sha256:{real}");
    let answer = ask(server.clone(), super::request("GET", &by_get).body(Body::empty()).unwrap());
    assert_eq!(answer.await.json()["data"]["greeting"], "hello world");
}

#[test]
fn streams_open_for_pages_of_this_server_and_of_named_origins() {
    let settings =
        Settings { allowed_origins: vec!["https://dashboard.example".to_owned()], ..settings() };
    let from = |origin: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost:8110".parse().unwrap());
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        is_origin_allowed(&headers, &settings)
    };
    assert!(from("http://localhost:8110") && from("https://dashboard.example"));
    assert!(!from("https://evil.example") && !from("null") && !from("http://localhost:81"));
    assert!(is_origin_allowed(&HeaderMap::new(), &settings), "no browser");
}
