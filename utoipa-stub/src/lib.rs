//! The macros of `utoipa` that the handlers and their types use, for WebAssembly: they generate nothing. So an attribute that
//! describes the API is written once, and the Worker is built without `utoipa`.
//!
//! Not here: what only `src/api/description.rs` and `src/api/parameters.rs` use. Those are not built for WebAssembly.

use proc_macro::TokenStream;

/// `#[derive(ToSchema)]` generates no schema.
#[proc_macro_derive(ToSchema, attributes(schema))]
pub fn to_schema(_type: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// `#[utoipa::path(…)]` leaves the handler as it is.
#[proc_macro_attribute]
pub fn path(_description: TokenStream, handler: TokenStream) -> TokenStream {
    handler
}
