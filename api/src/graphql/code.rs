//! The closed list of codes that an error's `extensions.code` is one of. The description of `Query` in the schema and
//! the guide for front ends hold the same list, which tests compare with this one.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)*) => {
        /// What went wrong, for a client to switch on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum ErrorCode {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl ErrorCode {
            /// All of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As `extensions.code` writes it.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl serde::Serialize for ErrorCode {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}

codes! {
    /// The request is not one: its JSON, its parameters, or their kinds.
    BadRequest = "BAD_REQUEST";
    /// The document is not GraphQL.
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema.
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED";
    /// A variable or an argument breaks a rule; `extensions.field` says which.
    BadUserInput = "BAD_USER_INPUT";
    /// A cursor comes from a list with another order or filter.
    CursorMismatch = "CURSOR_MISMATCH";
    /// The entry that a cursor points at is gone.
    CursorExpired = "CURSOR_EXPIRED";
    /// A sync token is somebody else's, for another filter, or of a time before the data was restored: start again without it.
    SyncTokenInvalid = "SYNC_TOKEN_INVALID";
    /// What came after a sync token is not kept any more: start again without it.
    SyncTokenExpired = "SYNC_TOKEN_EXPIRED";
    /// There are no credentials, or they are not valid.
    Unauthenticated = "UNAUTHENTICATED";
    /// Whoever asks, or another site's page, may not do this.
    Forbidden = "FORBIDDEN";
    /// The method is none of those that `Allow` lists.
    MethodNotAllowed = "METHOD_NOT_ALLOWED";
    /// No media type that `Accept` lists can be answered.
    NotAcceptable = "NOT_ACCEPTABLE";
    /// The body is not `application/json`.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE";
    /// The document is not known by this hash; send it along.
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND";
    /// Only documents that were registered are run.
    PersistedQueryRequired = "PERSISTED_QUERY_REQUIRED";
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED";
    /// A request with this `Idempotency-Key` is still running; `Retry-After` says when to try again.
    IdempotencyInProgress = "IDEMPOTENCY_IN_PROGRESS";
    /// The body is larger than it may be.
    BodyTooLarge = "BODY_TOO_LARGE";
    /// The body did not come in time.
    BodyTooSlow = "BODY_TOO_SLOW";
    /// The document or its variables are nested deeper than they may be.
    NestingTooDeep = "NESTING_TOO_DEEP";
    /// The document has more tokens than it may have.
    TooManyTokens = "TOO_MANY_TOKENS";
    /// Fields are nested deeper than they may be.
    QueryTooDeep = "QUERY_TOO_DEEP";
    /// One field is asked for under more names than it may be.
    TooManyAliases = "TOO_MANY_ALIASES";
    /// There are more fields at the root than there may be.
    TooManyRootFields = "TOO_MANY_ROOT_FIELDS";
    /// There are more directives than there may be.
    TooManyDirectives = "TOO_MANY_DIRECTIVES";
    /// The answer may cost more than one answer may.
    CostExceeded = "COST_EXCEEDED";
    /// There are more errors than are told.
    TooManyErrors = "TOO_MANY_ERRORS";
    /// Too many requests, or too costly ones, came in too short a time; `Retry-After` says when to try again.
    Throttled = "THROTTLED";
    /// The answer took longer than it may.
    Timeout = "TIMEOUT";
    /// The service cannot answer now; `Retry-After` says when to try again.
    Unavailable = "UNAVAILABLE";
    /// A fault of the service; `extensions.traceId` is what its log has it under.
    Internal = "INTERNAL";
}
