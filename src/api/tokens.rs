//! `/v1/tokens`: making, listing, rotating and revoking tokens. A token is shown once, when it is made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth;
use super::call::{Call, json};
use super::error::{ApiError, ApiResult};
use crate::cloudflare::random;
use crate::domain::credential::Secret;
use crate::domain::date::timestamp;
use crate::domain::hex::hex;
use crate::domain::owner::OwnerName;
use crate::domain::scope::Scope;
use crate::store::{owners, tokens};

const DEFAULT_EXPIRY_DAYS: u32 = 90;
const MAX_EXPIRY_DAYS: u32 = 3_650;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Length of a token's id, in hexadecimal digits.
const ID_BYTES: usize = 8;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// A registered owner's name.
    owner: String,
    /// At least one.
    scopes: Vec<Scope>,
    #[schema(minimum = 1, maximum = 3650, default = 90)]
    expires_in_days: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct ShownToken {
    id: String,
    /// It isn't stored and can't be shown again.
    token: String,
    owner: String,
    scopes: Vec<Scope>,
    expires_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct Token {
    id: String,
    owner: String,
    scopes: Vec<Scope>,
    created_at: String,
    expires_at: String,
    revoked_at: Option<String>,
    /// The id of the token that it was made with; null for `ADMIN_TOKEN`, and where that was not recorded.
    made_by: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    tokens: Vec<Token>,
}

/// What becomes of the tokens that were made with a revoked one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MadeTokens {
    Keep,
    Revoke,
}

impl MadeTokens {
    fn parse(text: &str) -> ApiResult<Self> {
        match text {
            "keep" => Ok(Self::Keep),
            "revoke" => Ok(Self::Revoke),
            _ => Err(ApiError::bad_request("parameter_invalid", "made must be keep or revoke")),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Revoked {
    id: String,
    revoked: bool,
    /// Ids of the tokens that were revoked with it: with `made=revoke`.
    also_revoked: Vec<String>,
    /// Ids of the tokens that were made with it, or with one of those, and are still valid.
    still_valid: Vec<String>,
}

#[utoipa::path(
    post,
    path = "/v1/tokens",
    operation_id = "create_token",
    description = "Creates a token for a registered owner. Scope: `admin`.",
    request_body = NewToken,
    responses((status = 201, body = ShownToken), (status = "4XX", body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn post(call: &mut Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let NewToken { owner, mut scopes, expires_in_days } = call.body().await?;
    let name = OwnerName::parse(&owner)?;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(ApiError::bad_request(
            "scopes_missing",
            "Choose at least one scope: read, write or admin.",
        ));
    }
    let days = expires_in_days.unwrap_or(DEFAULT_EXPIRY_DAYS);
    if !(1..=MAX_EXPIRY_DAYS).contains(&days) {
        let message = format!("expires_in_days must be a whole number from 1 to {MAX_EXPIRY_DAYS}.");
        return Err(ApiError::bad_request("expiry_invalid", message));
    }
    let db = call.db()?;
    let owner = call.owners()?.id(&name);
    if !owners::exists(&db, owner).await? {
        let message = format!("Owner {:?} isn't registered. Add it with POST /v1/owners.", name.as_str());
        return Err(ApiError::NotFound { code: "owner_not_found", message, parameter: Some("owner") });
    }
    let (id, secret) = (hex(&random::bytes::<ID_BYTES>()), Secret::token(random::bytes()));
    let expires_at = timestamp(call.now + u64::from(days) * DAY_MS);
    let token = tokens::NewToken {
        hash: &secret.digest(),
        id: &id,
        owner: &owner.to_string(),
        scopes: &serde_json::to_string(&scopes).expect("scopes always encode"),
        created_at: &call.timestamp(),
        expires_at: &expires_at,
        made_by: caller.token_id(),
    };
    tokens::insert(&db, &token).await?;
    let token = secret.reveal().to_owned();
    Ok(json(201, &ShownToken { id, token, owner: name.into(), scopes, expires_at }))
}

#[utoipa::path(
    get,
    path = "/v1/tokens",
    operation_id = "list_tokens",
    description = "Tokens, without their secrets. Scope: `admin`.",
    params(
        ("owner" = Option<String>, Query, description = "Only tokens of this owner."),
        super::parameters::Page,
    ),
    responses((status = 200, body = Tokens), (status = "4XX", body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn list(call: &Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&["owner", "limit", "offset"])?;
    let (limit, offset) = call.page()?;
    let owner = match call.parameter("owner") {
        Some(name) => Some(call.owners()?.id(&OwnerName::parse(name)?).to_string()),
        None => None,
    };
    let listed = tokens::list(&call.db()?, owner.as_deref(), limit, offset).await?;
    let tokens = listed
        .into_iter()
        .map(|token| Token {
            id: token.id,
            owner: token.owner,
            scopes: scopes_of(&token.scopes),
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            made_by: token.made_by,
        })
        .collect();
    Ok(json(200, &Tokens { tokens }))
}

#[utoipa::path(
    post,
    path = "/v1/tokens/{id}/rotate",
    operation_id = "rotate_token",
    description = "Gives a valid token a new secret. The current one stops working immediately. Scope: `admin`.",
    params(("id" = String, Path, description = "The token's id.")),
    responses((status = 200, body = ShownToken), (status = "4XX", body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn rotate(call: &Call, id: &str) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let secret = Secret::token(random::bytes());
    let rotated = tokens::rotate(&call.db()?, id, &secret.digest(), &call.timestamp()).await?;
    let token = rotated.ok_or_else(not_found)?;
    Ok(json(
        200,
        &ShownToken {
            id: token.id,
            token: secret.reveal().to_owned(),
            owner: token.owner,
            scopes: scopes_of(&token.scopes),
            expires_at: token.expires_at,
        },
    ))
}

#[utoipa::path(
    delete,
    path = "/v1/tokens/{id}",
    operation_id = "revoke_token",
    description = "Revokes a token immediately. This can't be undone. The tokens that were made with it stay valid unless \
                   `made=revoke` is given, now or later. Scope: `admin`.",
    params(
        ("id" = String, Path, description = "The token's id."),
        ("made" = Option<MadeTokens>, Query, description = "What becomes of the tokens that were made with it, or with one of those; by default `keep`."),
    ),
    responses((status = 200, body = Revoked), (status = "4XX", body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn revoke(call: &Call, id: &str) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&["made"])?;
    let revokes_made =
        call.parameter("made").map_or(Ok(MadeTokens::Keep), MadeTokens::parse)? == MadeTokens::Revoke;
    let (db, now, id) = (call.db()?, call.timestamp(), id.to_owned());
    let was_valid = !tokens::revoke(&db, std::slice::from_ref(&id), &now).await?.is_empty();
    let is_known = was_valid || revokes_made && tokens::exists(&db, &id).await?;
    if !is_known {
        return Err(not_found());
    }
    let made = tokens::made_with(&db, &id, &now).await?;
    let (also_revoked, still_valid) = match revokes_made {
        true => (tokens::revoke(&db, &made, &now).await?, Vec::new()),
        false => (Vec::new(), made),
    };
    Ok(json(200, &Revoked { id, revoked: true, also_revoked, still_valid }))
}

fn not_found() -> ApiError {
    ApiError::not_found("token_not_found", "No valid token has this id.")
}

fn scopes_of(json: &str) -> Vec<Scope> {
    serde_json::from_str(json).unwrap_or_default()
}
