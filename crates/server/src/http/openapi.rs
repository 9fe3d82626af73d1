//! The description of this interface: made from the endpoints themselves, completed with what holds for all of them.
//!
//! `protocol/openapi.json` is a copy for whoever reads it without a server; `cargo xtask codegen` keeps it equal.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder,
    SecurityRequirement,
};

use super::problem::Body;

/// The scheme's name.
const TOKEN: &str = "token";
/// Endpoints for which no token is needed, by the first part of their operation id.
const OPEN: [&str; 5] = ["enrol.", "sync.", "health.", "session.", "jwks."];
/// What any endpoint may answer.
const ANY: [(&str, &str); 4] = [
    ("400", "The request is malformed"),
    ("404", "There is no such thing, or it is not for who asks to see"),
    ("429", "Too often; try again after the time in Retry-After"),
    ("503", "Not now; try again after the time in Retry-After"),
];
/// What an endpoint may answer besides that needs a token.
const WITH_TOKEN: [(&str, &str); 2] =
    [("401", "There is no access token that holds"), ("403", "Not for who asks")];
/// Reads that only some records have, by operation id: what is no order has no price and no files.
const OF_ORDERS: [&str; 5] = ["records.price", "orders.read", "orders.pdf", "orders.csv", "orders.ubl"];
/// What those may answer besides.
const UNFIT: (&str, &str) = ("422", "It cannot be, whatever the state of things");
/// What an endpoint may answer besides that takes a body or changes something.
const WITH_BODY: [(&str, &str); 6] = [
    ("409", "It does not fit how things stand now"),
    ("412", "It has changed since it was read"),
    ("413", "The body is too long"),
    ("415", "The body is not JSON"),
    UNFIT,
    ("428", "If-Match is missing"),
];

/// What an empty router's description begins with.
pub fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Roadbook")
        .version("1")
        .description(Some(
            "The sync server's HTTP interface. Devices speak the sync protocol (protocol/SPEC.md) over /v1/sync; the \
             office, admins and integrations use the rest. Lists come in pages: the next begins at `next`. A POST may \
             carry an Idempotency-Key: within a day its repetition gets the first answer and does nothing. What is \
             edited has an ETag, and its edits name it in If-Match. Whatever goes wrong comes as problem details (RFC \
             9457) with a stable `code`.",
        ))
        .build();
    OpenApiBuilder::new().info(info).components(Some(Components::new())).build()
}

/// Adds what holds for all endpoints: the token, and the problems.
pub fn complete(mut api: OpenApi) -> OpenApi {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = api.components.get_or_insert_default();
    components.security_schemes.insert(TOKEN.to_owned(), RefOr::T(SecurityScheme::Http(scheme)));
    components.schemas.insert("Problem".to_owned(), <Body<'_> as utoipa::PartialSchema>::schema());
    for item in api.paths.paths.values_mut() {
        for (operation, has_body) in operations(item) {
            complete_operation(operation, has_body);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&mut Operation, bool)> {
    let plain = [&mut item.get].into_iter().map(|operation| (operation, false));
    let writing = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    let writing = writing.into_iter().map(|operation| (operation, true));
    plain.chain(writing).filter_map(|(operation, has_body)| Some((operation.as_mut()?, has_body)))
}

/// An entity tag as this server gives it.
const TAG: &str = r#"^(W/)?"[0-9]+"$"#;

/// Says of every `If-Match` how it reads.
fn complete_tags(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.name == "If-Match"
        {
            let tag = ObjectBuilder::new().schema_type(Type::String).pattern(Some(TAG)).build();
            parameter.schema = Some(RefOr::T(Schema::Object(tag)));
        }
    }
}

fn complete_operation(operation: &mut Operation, has_body: bool) {
    complete_tags(operation);
    let id = operation.operation_id.clone().unwrap_or_default();
    let is_open = OPEN.iter().any(|open| id.starts_with(open));
    let mut problems = ANY.to_vec();
    if !is_open {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(TOKEN, [])]);
        problems.extend(WITH_TOKEN);
    }
    if has_body {
        problems.extend(WITH_BODY);
    }
    if OF_ORDERS.contains(&id.as_str()) {
        problems.push(UNFIT);
    }
    for (status, description) in problems {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}
