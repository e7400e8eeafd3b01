//! The way of reports to Analytics Engine. The quota is the operator's, and one for everything: so answers are shared for some
//! seconds, and the statements of each token are counted.

use std::cell::RefCell;

use worker::Env;

use super::call::Call;
use super::limits;
use crate::batch::source::{Result, SourceError};
use crate::cloudflare::api::{Answer, Api, Http};
use crate::cloudflare::engine_sql;
use crate::cloudflare::time;
use crate::domain::date::Millis;
use crate::domain::shared_answers::{SharedAnswers, Turn};

/// How often a request looks for the answer to another's question.
const COME_BACK_MS: Millis = 50;

thread_local! {
    static SHARED: RefCell<SharedAnswers> = RefCell::default();
}

/// Cloudflare's API, asked for one caller.
pub struct EngineApi {
    api: Api,
    env: Env,
    /// The id of the caller's token; none for the operator.
    token: Option<String>,
}

impl EngineApi {
    pub fn new(api: Api, call: &Call) -> Self {
        let token = call.counted.get().map(|token| token.id.clone());
        Self { api, env: call.env.clone(), token }
    }

    async fn ask(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        if let Some(token) = &self.token {
            let now = time::now();
            limits::statement(&self.env, token, now)
                .await
                .map_err(|allowance| SourceError::Spent { allowance, now })?;
        }
        self.api.post(path, content_type, body).await
    }
}

impl Http for EngineApi {
    async fn post(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        let question = format!("{path} {body}");
        loop {
            match SHARED.with_borrow_mut(|shared| shared.turn(&question, time::now())) {
                Turn::Answer(body) => return Ok(Answer { status: 200, retry_after: None, body }),
                Turn::Wait => time::sleep(COME_BACK_MS).await,
                Turn::Ask => break,
            }
        }
        let asked = Asked(&question);
        let answer = self.ask(path, content_type, body).await;
        let is_whole = |answer: &&Answer| answer.is_success() && engine_sql::is_whole(&answer.body);
        asked.settle(answer.as_ref().ok().filter(is_whole).map(|answer| &*answer.body));
        answer
    }
}

/// A question that is under way. When it is given up, the next request asks it.
struct Asked<'a>(&'a str);

impl Asked<'_> {
    fn settle(self, answer: Option<&str>) {
        SHARED.with_borrow_mut(|shared| shared.settle(self.0, answer, time::now()));
        std::mem::forget(self);
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        SHARED.with_borrow_mut(|shared| shared.settle(self.0, None, 0));
    }
}
