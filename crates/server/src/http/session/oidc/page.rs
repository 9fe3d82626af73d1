//! What is wrong, for whoever came back from the provider: a browser gets a page, a program problem details.

use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;

/// Words and a link, nothing else.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The problem, as the asker reads it.
pub(super) fn told(problem: Problem, asked: &HeaderMap) -> Response {
    let accepts = asked.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepts.contains("text/html") {
        return problem.into_response();
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Not signed in</title>\n<h1>Not signed in</h1>\n<p>{}</p>\n<p><a href=\"/\">Back</a></p>\n<p><small>{}</small></p>\n",
        escaped(problem.detail()),
        escaped(problem.code()),
    );
    let mut answer = problem.into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.remove(axum::http::header::CONTENT_LENGTH);
    *answer.body_mut() = page.into();
    answer
}

/// Text in a page. What a provider says is anybody's text.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut page, c| {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            c => page.push(c),
        }
        page
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    #[test]
    fn a_browser_gets_a_page_in_which_no_text_is_markup() {
        let problem = || Problem::new(StatusCode::FORBIDDEN, "oidc_token", "<script>\"&");
        let mut asked = HeaderMap::new();
        assert_eq!(told(problem(), &asked).headers()[CONTENT_TYPE], "application/problem+json");
        asked.insert(ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8"));
        let answer = told(problem(), &asked);
        assert_eq!(
            (answer.status(), &answer.headers()[CONTENT_TYPE]),
            (StatusCode::FORBIDDEN, &HeaderValue::from_static("text/html; charset=utf-8"))
        );
        assert_eq!(escaped("<script>\"&"), "&lt;script&gt;&quot;&amp;");
    }
}
