//! Which of the two GraphQL media types a client wants, and what follows from it.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

/// The media type of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status says whether the operation ran.
    GraphQl,
    /// `application/json`: a well-formed request is answered with 200, whatever became of it.
    Json,
}

impl Media {
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    /// The status for a document that cannot run.
    pub(super) fn refused(self) -> StatusCode {
        match self {
            Self::GraphQl => StatusCode::BAD_REQUEST,
            Self::Json => StatusCode::OK,
        }
    }

    /// What `Accept` prefers; `None` if it excludes both. JSON wins unless the newer type is named.
    pub(super) fn preferred(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<Range> =
            values.flat_map(|value| value.split(',')).filter_map(Range::parse).collect();
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let graphql = weight(&ranges, "application/graphql-response+json");
        let json = weight(&ranges, "application/json");
        match graphql.max(json) {
            (0, _) => None,
            best if best == graphql && (graphql != json || graphql.1 == EXACT) => {
                Some(Self::GraphQl)
            }
            _ => Some(Self::Json),
        }
    }
}

/// How precisely a range names a type.
const EXACT: u8 = 2;

struct Range<'a> {
    name: &'a str,
    /// In thousandths, as the header may give them.
    quality: u32,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some(Self { name, quality: quality.map_or(1_000, thousandths) })
    }

    fn precision(&self, name: &str) -> Option<u8> {
        match self.name {
            "*/*" => Some(0),
            range if range.eq_ignore_ascii_case("application/*") => Some(1),
            range => range.eq_ignore_ascii_case(name).then_some(EXACT),
        }
    }
}

/// Quality and precision of the range that says most about a type.
fn weight(ranges: &[Range], name: &str) -> (u32, u8) {
    let matching = ranges.iter().filter_map(|range| Some((range.precision(name)?, range.quality)));
    matching.max().map_or((0, 0), |(precision, quality)| (quality, precision))
}

/// `0.25` is 250; what is no number is 0.
fn thousandths(quality: &str) -> u32 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = format!("{whole}{fraction:0<3.3}");
    digits.parse().map_or(0, |quality: u32| quality.min(1_000))
}

/// Whether a body is `application/json` in UTF-8. Types that a form or a plain request of a foreign page can send are
/// not: with them a page could run mutations in the name of its reader.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let value =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|part| {
            part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(accept: &'static str) -> Option<Media> {
        Media::preferred(&HeaderMap::from_iter([(
            header::ACCEPT,
            HeaderValue::from_static(accept),
        )]))
    }

    #[test]
    fn json_is_the_answer_unless_the_newer_type_is_named() {
        for accept in ["", "*/*", "application/*", "application/json", "text/html, */*;q=0.8"] {
            assert_eq!(preferred(accept), Some(Media::Json), "{accept}");
        }
        assert_eq!(Media::preferred(&HeaderMap::new()), Some(Media::Json));
        for accept in [
            "application/graphql-response+json",
            "Application/GraphQL-Response+JSON; charset=utf-8, application/json",
            "application/json;q=0.9, application/graphql-response+json",
            "application/graphql-response+json, */*",
            "application/json;q=0, */*",
        ] {
            assert_eq!(preferred(accept), Some(Media::GraphQl), "{accept}");
        }
        assert_eq!(
            preferred("application/graphql-response+json;q=0.25, */*;q=0.5"),
            Some(Media::Json)
        );
    }

    #[test]
    fn other_types_are_not_ours() {
        for accept in ["text/html", "image/*", "application/json;q=0", "*/*;q=0"] {
            assert_eq!(preferred(accept), None, "{accept}");
        }
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        let read = |value| {
            is_json(&HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                HeaderValue::from_static(value),
            )]))
        };
        assert!(read("application/json"));
        assert!(read("Application/JSON; charset=\"UTF-8\""));
        for other in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
        ] {
            assert!(!read(other), "{other}");
        }
    }
}
