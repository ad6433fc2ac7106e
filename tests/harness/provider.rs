//! An identity provider of a network's own: it tells its keys, and signs tokens.
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

/// An identity provider, running.
pub struct Provider {
    /// Its issuer URL.
    pub issuer: String,
    keys: Vec<Key>,
    told: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

struct Key {
    id: String,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Provider {
    /// With a key for each algorithm that Balai takes, which are called by the algorithm.
    pub async fn start() -> Self {
        let (told, asked) = (Arc::new(Mutex::new(json!({ "keys": [] }))), Arc::new(AtomicUsize::new(0)));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/realms/culture", listener.local_addr().unwrap());
        let (keys, count, name) = (Arc::clone(&told), Arc::clone(&asked), issuer.clone());
        std::thread::spawn(move || {
            let server = HttpServer::new(move || {
                let (keys, count, name) = (Arc::clone(&keys), Arc::clone(&count), name.clone());
                let description = json!({ "issuer": name, "jwks_uri": format!("{name}/keys") });
                let describe = move || std::future::ready(HttpResponse::Ok().json(&description));
                let tell = move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    std::future::ready(HttpResponse::Ok().json(&*keys.lock().unwrap()))
                };
                App::new()
                    .route("/realms/culture/.well-known/openid-configuration", web::get().to(describe))
                    .route("/realms/culture/keys", web::get().to(tell))
            });
            actix_web::rt::System::new().block_on(server.workers(1).listen(listener).unwrap().run()).unwrap();
        });
        let mut provider = Self { issuer, keys: vec![], told, asked };
        for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
            provider.add(&format!("{algorithm:?}"), algorithm);
        }
        provider
    }

    /// Adds a key, and publishes it.
    pub fn add(&mut self, id: &str, algorithm: Algorithm) {
        let private = match algorithm {
            Algorithm::EdDSA => {
                EncodingKey::from_ed_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref())
            }
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
            }
            Algorithm::RS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                // PKCS #8 is PKCS #1 with 26 bytes before it that say so.
                EncodingKey::from_rsa_der(&pair.as_der().unwrap().as_ref()[26..])
            }
            other => panic!("no key for {other:?}"),
        };
        let mut public = Jwk::from_encoding_key(&private, algorithm).unwrap();
        public.common.key_id = Some(id.to_owned());
        self.keys.push(Key { id: id.to_owned(), algorithm, private });
        self.told.lock().unwrap()["keys"].as_array_mut().unwrap().push(serde_json::to_value(public).unwrap());
    }

    /// What it tells of its keys.
    #[must_use]
    pub fn published(&self) -> Value {
        self.told.lock().unwrap().clone()
    }

    /// Has it tell something else of its keys.
    pub fn publish(&self, keys: Value) {
        *self.told.lock().unwrap() = keys;
    }

    /// How often it was asked for its keys.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A token that says this, signed with this key, with the header changed so.
    #[must_use]
    pub fn sign(&self, key: &str, claims: &Value, change: impl FnOnce(&mut Header)) -> String {
        let key = self.keys.iter().find(|known| known.id == key).unwrap();
        let mut header =
            Header { typ: Some("at+jwt".to_owned()), kid: Some(key.id.clone()), ..Header::new(key.algorithm) };
        change(&mut header);
        encode(&header, claims, &key.private).unwrap()
    }
}
