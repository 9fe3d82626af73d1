//! Who asks: an access token in the `Authorization` header, the person as the database knows it now, and the address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use roadbook_model::permission::Role;

use super::App;
use super::problem::Problem;
use crate::store::office::audit::By;
use crate::store::office::people::Person;

/// The active person whom a request's token speaks for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub person: Person,
    /// From which network address the request came.
    pub address: IpAddr,
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
        let person = app.store.lookup_person_by_id(bearer.person).await?;
        let person = person
            .filter(|person| person.active)
            .ok_or_else(|| Problem::unauthorised("this person does not work here any more"))?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(peer)| peer.ip());
        let caller = Self { person, address };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}
