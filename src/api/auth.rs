//! Who calls, and what they may see.

use super::call::Call;
use super::error::{ApiError, ApiResult};
use crate::domain::credential::Credential;
use crate::domain::owner::{OwnerId, OwnerName};
use crate::domain::scope::Scope;
use crate::store::{owners, tokens};

/// All owners together.
const ALL: &str = "*";

/// A caller whose credential is valid.
pub enum Caller {
    /// Shows the `ADMIN_TOKEN` secret.
    Operator,
    /// Shows a token, which belongs to one owner.
    Token { owner: OwnerId, name: OwnerName, scopes: Vec<Scope> },
}

impl Caller {
    pub fn is_admin(&self) -> bool {
        self.has(Scope::Admin)
    }

    fn has(&self, wanted: Scope) -> bool {
        match self {
            Self::Operator => true,
            Self::Token { scopes, .. } => scopes.iter().any(|scope| scope.permits(wanted)),
        }
    }
}

/// An owner that a caller may read.
pub struct Readable {
    pub owner: OwnerId,
    /// None for the owner that stands for those that do not exist.
    pub name: Option<OwnerName>,
}

/// Whose figures a caller asks for.
pub enum Subject {
    One(Readable),
    All,
}

/// Identifies the caller and checks the scope.
///
/// # Errors
///
/// 503 while the API is closed, 401 without a valid credential, 403 when it lacks the scope.
pub async fn caller(call: &Call, wanted: Scope) -> ApiResult<Caller> {
    let admin = call.config.admin_token.as_ref().ok_or(ApiError::Closed)?;
    call.owners()?;
    let credential = call
        .header("authorization")
        .as_deref()
        .and_then(|header| call.dialect.credential(header))
        .ok_or(ApiError::CredentialMissing)?;
    let caller =
        if credential.secret.matches(admin) { Caller::Operator } else { find(call, &credential).await? };
    if caller.has(wanted) {
        Ok(caller)
    } else {
        Err(ApiError::Forbidden(format!("this needs a token with the scope {wanted}")))
    }
}

async fn find(call: &Call, credential: &Credential) -> ApiResult<Caller> {
    const INVALID: ApiError = ApiError::CredentialInvalid;
    let found = tokens::find(&call.db()?, &credential.secret.digest(), &call.timestamp()).await?;
    let token = found.ok_or(INVALID)?;
    if credential.key.as_ref().is_some_and(|key| *key != token.id) {
        return Err(INVALID);
    }
    let name = token.name.and_then(|name| OwnerName::parse(&name).ok()).ok_or(INVALID)?;
    let scopes = serde_json::from_str(&token.scopes).map_err(|_| INVALID)?;
    Ok(Caller::Token { owner: OwnerId::parse(&token.owner).ok_or(INVALID)?, name, scopes })
}

/// Whose figures the caller asks for and may read: its own, or with the scope `admin` those of `?owner=`.
///
/// # Errors
///
/// 403 for another's figures; 400 when an operator names nobody; 404 for an owner that is not known.
pub async fn subject(call: &Call, caller: Caller) -> ApiResult<Subject> {
    named(call, caller, call.parameter("owner")).await
}

/// As [`subject`], where there is one owner.
///
/// # Errors
///
/// 400 when all are asked for.
pub async fn owner(call: &Call, caller: Caller) -> ApiResult<Readable> {
    match subject(call, caller).await? {
        Subject::One(readable) => Ok(readable),
        Subject::All => {
            let message = "this is told of one owner at a time: owner=<name>";
            Err(ApiError::bad_request("owner_ambiguous", message))
        }
    }
}

/// As [`subject`], of the owner that is asked for.
///
/// # Errors
///
/// As [`subject`].
pub async fn named(call: &Call, caller: Caller, asked: Option<&str>) -> ApiResult<Subject> {
    let is_admin = caller.is_admin();
    let (asked, own) = match (asked, caller) {
        (None, Caller::Token { owner, name, .. }) => return Ok(one(owner, Some(name))),
        (None, Caller::Operator) => {
            let message = "say whose figures: owner=<name>, or owner=* for all of them";
            return Err(ApiError::bad_request("owner_missing", message));
        }
        (Some(asked), Caller::Token { owner, name, .. }) => (asked, Some((owner, name))),
        (Some(asked), Caller::Operator) => (asked, None),
    };
    if let Some((owner, name)) = own {
        if asked == name.as_str() {
            return Ok(one(owner, Some(name)));
        }
        if !is_admin {
            return Err(ApiError::Forbidden("this token reads its own owner alone".to_owned()));
        }
    }
    if asked == ALL {
        return Ok(Subject::All);
    }
    let owner = call.owners()?.id_for_admin(asked)?;
    if !owners::is_known(&call.db()?, owner).await? {
        let message = format!("there is no owner {asked:?}, and nothing was served for one");
        return Err(ApiError::NotFound { code: "owner_not_found", message });
    }
    Ok(one(owner, OwnerName::parse(asked).ok()))
}

fn one(owner: OwnerId, name: Option<OwnerName>) -> Subject {
    Subject::One(Readable { owner, name })
}
