//! `/v1/processes`: what the house does again and again, as the office looks at it. Versions themselves are reference data,
//! `GET` and `POST /v1/reference/processes`.
//!
//! | endpoint | file |
//! | --- | --- |
//! | `GET /v1/processes` | [`list`] |
//! | `GET /v1/processes/owners` | [`owners`] |
//! | `GET /v1/processes/{process}/figures` | [`figures`] |
//! | `GET /v1/processes/{process}/practice` | [`practice`] |
//! | `POST /v1/processes/shipped` | [`shipped`] |
//! | `POST /v1/records/{record}/answers` | [`answer`] |

mod answer;
mod figures;
mod list;
mod owners;
mod practice;
mod shipped;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;

/// This resource's endpoints.
pub fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(owners::list))
        .routes(routes!(figures::read))
        .routes(routes!(practice::list))
        .routes(routes!(shipped::publish))
        .routes(routes!(answer::add))
}
