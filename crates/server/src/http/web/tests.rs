//! The files of a small site in `tests/site`, laid out as the web client's build is.

use std::io::Read;

use axum::body::to_bytes;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};

use super::*;

#[derive(RustEmbed)]
#[folder = "tests/site"]
struct Site;

/// A folder where nothing was built.
#[derive(RustEmbed)]
#[folder = "tests/no-such-site"]
#[allow_missing = true]
struct Nothing;

struct Got {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn got(answer: Response) -> Got {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Got { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn ask(path: &'static str, headers: &[(axum::http::HeaderName, &'static str)]) -> Got {
    let mut asked = HeaderMap::new();
    for (name, value) in headers {
        asked.append(name, value.parse().unwrap());
    }
    let uri = Uri::from_static(path);
    got(match path.starts_with("/assets/") {
        true => asset::<Site>(uri, asked).await,
        false => page::<Site>(uri, asked).await,
    })
    .await
}

#[tokio::test]
async fn a_page_is_found_by_its_folder_and_by_every_address_under_it() {
    for (path, title) in [
        ("/office/", "Office"),
        ("/office/index.html", "Office"),
        ("/office/accounts/019a", "Office"),
        ("/app/", "App"),
        ("/app/today", "App"),
    ] {
        let page = ask(path, &[]).await;
        assert!(page.text().contains(title), "{path}: {}", page.text());
        assert_eq!((page.status, page.header(CACHE_CONTROL)), (200, "no-cache"), "{path}");
        assert_eq!(page.header(CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn files_have_their_types_and_are_kept_as_long_as_their_names_allow() {
    for (path, kind, cache) in [
        ("/app/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/app/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/assets/main-0f3a.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
    ] {
        let file = ask(path, &[]).await;
        let said = (file.status, file.header(CONTENT_TYPE), file.header(CACHE_CONTROL));
        assert_eq!(said, (200, kind, cache), "{path}");
    }
}

#[tokio::test]
async fn every_answer_says_what_a_page_may_do() {
    for path in ["/office/", "/app/sw.js", "/assets/main-0f3a.js", "/assets/gone.js"] {
        let answer = ask(path, &[]).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'") && !policy.contains("unsafe-inline"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
}

#[tokio::test]
async fn a_file_comes_in_the_best_form_that_the_browser_takes() {
    let plain = ask("/assets/main-0f3a.js", &[]).await;
    for (accepts, coding) in [
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("gzip;q=0.5, *;q=0", "gzip"),
        ("deflate", ""),
        ("identity;q=0", ""),
    ] {
        let file = ask("/assets/main-0f3a.js", &[(ACCEPT_ENCODING, accepts)]).await;
        assert_eq!((file.status, file.header(CONTENT_ENCODING)), (200, coding), "{accepts}");
        assert_eq!(file.header("vary"), "accept-encoding", "{accepts}");
        assert_eq!(
            file.header(ETAG) == plain.header(ETAG),
            coding.is_empty(),
            "one tag for one form: {accepts}"
        );
    }
    let gzip = ask("/assets/main-0f3a.js", &[(ACCEPT_ENCODING, "gzip")]).await;
    let mut inflated = Vec::new();
    flate2::read::GzDecoder::new(gzip.body.as_slice()).read_to_end(&mut inflated).unwrap();
    assert_eq!(inflated, plain.body);
    let uncompressed = ask("/assets/plain-77aa.txt", &[(ACCEPT_ENCODING, "br, gzip")]).await;
    assert_eq!((uncompressed.header(CONTENT_ENCODING), uncompressed.text()), ("", "plain only\n"));
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let page = ask("/office/", &[]).await;
    let tag: &'static str = page.header(ETAG).to_owned().leak();
    let again = ask("/office/", &[(IF_NONE_MATCH, tag)]).await;
    assert_eq!((again.status, again.body.len(), again.header(ETAG)), (304, 0, tag));
    let other = ask("/app/", &[(IF_NONE_MATCH, tag)]).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn what_is_no_file_is_not_there_and_nothing_outside_is_reached() {
    for path in [
        "/assets/gone.js",
        "/assets/main-0f3a.js.br",
        "/assets/../office/index.html",
        "/assets//main-0f3a.js",
        "/app/gone.js",
        "/office/../../Cargo.toml",
        "/office/%2e%2e/%2e%2e/Cargo.toml",
    ] {
        assert_eq!(ask(path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn without_a_build_the_pages_say_how_to_make_one() {
    for path in ["/office/", "/app/today"] {
        let answer = got(page::<Nothing>(Uri::from_static(path), HeaderMap::new()).await).await;
        assert_eq!((answer.status, answer.header(CACHE_CONTROL)), (503, "no-store"), "{path}");
        assert!(answer.text().contains("cargo xtask web"), "{}", answer.text());
    }
}
