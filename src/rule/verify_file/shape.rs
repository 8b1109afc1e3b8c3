//! How a verify section is written in TOML. What it means, and what may not be, is [`super`]'s.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, value::SeqAccessDeserializer},
};
use toml::{Spanned, value::Datetime};

use super::super::request::{After, Because, ClientAuth, Known, Method, SampleIs, Signature};

/// `[rule.verify]`, and `[[rule.verify.next]]`, which has the fields of a request only.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyShape {
    pub same_as: Option<Spanned<String>>,
    pub known: Option<Spanned<Known>>,
    pub page: Option<Spanned<String>>,
    pub observed: Option<Spanned<Datetime>>,
    pub effect: Option<Spanned<String>>,
    pub rate: Option<Spanned<String>>,
    pub control: Option<Spanned<String>>,
    pub status_alone: Option<Spanned<String>>,
    pub after: Option<Spanned<After>>,
    pub method: Option<Spanned<Method>>,
    pub method_reason: Option<Spanned<String>>,
    pub hosts: Option<Spanned<Vec<Spanned<String>>>>,
    pub under: Option<Spanned<Vec<Spanned<String>>>>,
    pub configured: Option<Spanned<ConfiguredShape>>,
    pub path: Option<Spanned<String>>,
    pub headers: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    pub basic: Option<Spanned<String>>,
    pub json: Option<Spanned<String>>,
    pub form: Option<Spanned<String>>,
    pub text: Option<Spanned<String>>,
    pub grant: Option<Spanned<Grant>>,
    pub client: Option<Spanned<String>>,
    pub client_auth: Option<Spanned<Vec<ClientAuth>>>,
    pub signed: Option<Spanned<Signature>>,
    pub live: Option<Vec<Spanned<ConditionShape>>>,
    pub dead: Option<Vec<Spanned<ConditionShape>>>,
    pub says: Option<SaysShape>,
    #[serde(default)]
    pub sample: Vec<Spanned<SampleShape>>,
    #[serde(default)]
    pub next: Vec<Spanned<VerifyShape>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    ClientCredentials,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionShape {
    #[serde(default)]
    pub status: Many<u16>,
    #[serde(default)]
    pub has: Many<String>,
    #[serde(default)]
    pub lacks: Many<String>,
    #[serde(default)]
    pub is: BTreeMap<String, Many<ValueShape>>,
    #[serde(default)]
    pub text: Many<String>,
    #[serde(default)]
    pub header: BTreeMap<String, String>,
    pub but: Option<String>,
    pub because: Option<Because>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaysShape {
    pub holder: Option<Spanned<Many<String>>>,
    pub organisation: Option<Spanned<Many<String>>>,
    pub account: Option<Spanned<Many<String>>>,
    pub kind: Option<Spanned<Many<String>>>,
    pub scopes: Option<Spanned<Many<String>>>,
    pub expires: Option<Spanned<Many<String>>>,
    pub last_used: Option<Spanned<Many<String>>>,
    pub key_id: Option<Spanned<Many<String>>>,
    pub key_name: Option<Spanned<Many<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleShape {
    pub is: SampleIs,
    pub of: Option<Spanned<usize>>,
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
}

/// One value, or a list of them.
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Many<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value or a list of them")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Many)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(text.into_deserializer()).map(|value| Many(vec![value]))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                T::deserialize(number.into_deserializer()).map(|value| Many(vec![value]))
            }

            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Self::Value, E> {
                T::deserialize(truth.into_deserializer()).map(|value| Many(vec![value]))
            }
        }
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

/// `true`, or what stands before the path at such hosts.
#[derive(Clone)]
pub enum ConfiguredShape {
    Yes(bool),
    Prefix(String),
}

impl<'de> Deserialize<'de> for ConfiguredShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = ConfiguredShape;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true, or what stands before the path, as in \"/api/v3\"")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(ConfiguredShape::Prefix(text.to_owned()))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(ConfiguredShape::Yes(truth))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A value that a JSON pointer is held against.
pub enum ValueShape {
    Text(String),
    Number(i64),
    Bool(bool),
}

impl<'de> Deserialize<'de> for ValueShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = ValueShape;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text, a whole number, true or false")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(ValueShape::Text(text.to_owned()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(ValueShape::Number(number))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(ValueShape::Bool(truth))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
