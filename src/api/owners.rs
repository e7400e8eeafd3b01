//! `/v1/owners`: registering owners.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth;
use super::call::{Call, json};
use super::error::ApiResult;
use crate::domain::owner::OwnerName;
use crate::domain::scope::Scope;
use crate::store::owners::{self, StoredOwner};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// 1–63 lowercase letters, digits or hyphens, starting with a letter or digit.
    name: String,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedOwner {
    /// The hashed identifier of the owner in the database.
    owner: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
pub struct Owners {
    owners: Vec<StoredOwner>,
}

#[utoipa::path(
    post,
    path = "/v1/owners",
    operation_id = "register_owner",
    description = "Adds an owner. Scope: `admin`.",
    request_body = NewOwner,
    responses(
        (status = 201, body = CreatedOwner),
        (status = 200, description = "The owner already exists.", body = CreatedOwner),
        (status = "4XX", body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn post(call: &mut Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let NewOwner { name } = call.body().await?;
    let name = OwnerName::parse(&name)?;
    let owner = call.owners()?.id(&name);
    let is_new = owners::insert(&call.db()?, owner, &name, &call.timestamp()).await?;
    let created = CreatedOwner { owner: owner.to_string(), name: name.into() };
    Ok(json(if is_new { 201 } else { 200 }, &created))
}

#[utoipa::path(
    get,
    path = "/v1/owners",
    operation_id = "list_owners",
    description = "Registered owners by name. Scope: `admin`.",
    params(super::parameters::Page),
    responses((status = 200, body = Owners), (status = "4XX", body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn list(call: &Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&["limit", "offset"])?;
    let (limit, offset) = call.page()?;
    let owners = owners::list(&call.db()?, limit, offset).await?;
    Ok(json(200, &Owners { owners }))
}
