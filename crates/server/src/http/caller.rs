//! Who asks: an access token in the `Authorization` header, the person as the database knows it now, and the address.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use roadbook_model::SessionId;
use roadbook_model::permission::Role;

use super::App;
use super::problem::Problem;
use crate::ambient;
use crate::store::office::audit::By;
use crate::store::office::people::Person;

/// The active person whom a request's token speaks for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub person: Person,
    /// The session that the token ends with; none for a token from the command line.
    pub session: Option<SessionId>,
    /// From which network address the request came.
    pub address: IpAddr,
}

/// From which network address a request came. A proxy on the same machine says whom it speaks for; what it adds stands
/// last, whatever the client claimed before.
#[derive(Clone, Copy, Debug)]
pub struct Address(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(peer)| peer.ip().to_canonical());
        Ok(Self(if peer.is_loopback() { forwarded(&parts.headers).unwrap_or(peer) } else { peer }))
    }
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

impl Caller {
    /// In whose name something is done.
    pub fn by(&self) -> By {
        By { person: self.person.id, role: self.person.role, address: Some(self.address) }
    }

    /// Only for admins.
    pub fn admin(&self) -> Result<(), Problem> {
        self.one_of(&[Role::Admin])
    }

    /// Only for the office and admins.
    pub fn office(&self) -> Result<(), Problem> {
        self.one_of(&[Role::Office, Role::Admin])
    }

    /// Only for these roles.
    pub fn one_of(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.person.role) {
            return Ok(());
        }
        let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        Err(Problem::not_permitted(format!("this is only for {}", roles.join(" and "))))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        // A middleware may have asked before.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let Some(token) = token else {
            return Err(Problem::unauthorised("this needs an access token: Authorization: Bearer ..."));
        };
        let bearer = app.keys.token.verify(&app.origins, token.trim());
        let bearer = bearer
            .map_err(|_| Problem::unauthorised("the access token does not hold or is over; sign in again"))?;
        let person = app.store.lookup_bearer(bearer.person, bearer.session, ambient::now_ms()).await?;
        let person = person.ok_or_else(|| {
            Problem::unauthorised("this session is over, or the person does not work here any more")
        })?;
        let Ok(Address(address)) = Address::from_request_parts(parts, app).await;
        let caller = Self { person, session: bearer.session, address };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}
