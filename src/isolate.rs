//! What is set up once per isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::{Env, console_error};

use crate::cloudflare::bindings;
use crate::config::Config;

thread_local! {
    static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

/// The configuration. Variables do not change during an isolate's life.
pub fn config(env: &Env) -> Rc<Config> {
    CONFIG.with(|config| Rc::clone(config.get_or_init(|| Rc::new(start(env)))))
}

fn start(env: &Env) -> Config {
    console_error_panic_hook::set_once();
    let config = Config::parse(|name| bindings::variable(env, name));
    for problem in &config.problems {
        console_error!("configuration: {} {}", problem.variable, problem.message);
    }
    config
}
