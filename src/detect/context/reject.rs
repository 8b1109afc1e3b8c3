//! Values that are no credential by their form alone: what a person sees at once, told in a few bytes.

use super::{Candidate, Quote, Syntax, Window, lexicon::Lexicon};

/// Whether a candidate's value only stands for one, or its name only sounds like one.
pub fn placeholder(window: &Window<'_>, found: &Candidate) -> bool {
    let value = &window.bytes[found.value.clone()];
    let name = &window.bytes[found.name.clone()];
    template(value)
        || filler(value)
        || localised(value)
        || word_of_language(value, found.quote)
        || sentence(value)
        || is_getter(window, found)
        || !name_says_enough(name, value, found.syntax)
}

/// `${VALUE}`, `{{ value }}`, `<value>`, `%s`, `$VALUE`, `%VALUE%`, `#{value}`, `ENC(...)`; `{-}` is the mark in examples that
/// keeps them from being found.
fn template(value: &[u8]) -> bool {
    let (first, last) = (value[0], value[value.len() - 1]);
    let enclosed = matches!(
        (first, last),
        (b'<', b'>') | (b'{', b'}') | (b'[', b']') | (b'%', b'%') | (b'(', b')') | (b'$', b')')
    );
    enclosed && value.len() < 32
        || first == b'$'
            && value.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'{' | b'('))
        || memchr::memchr3(b'$', b'{', b'%', value).is_some() && TEMPLATES.said(value) != 0
        || value.starts_with(b"ENC(")
        || hashed(value)
        || value.starts_with(b"process.env")
        || value.starts_with(b"os.environ")
        || value.starts_with(b"ENV[")
}

/// Marks of templates and formats, each with a `$`, `{` or `%`.
static TEMPLATES: Lexicon =
    Lexicon::exact(&[&["${", "{{", "#{", "<%", "$(", "%(", "%s", "%d", "%v", "%@", "{}", "{0}", "$$", "{-}"]]);

/// `$2a$10$...`, `{SSHA}...`, `*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29`: a password's hash opens nothing by itself.
fn hashed(value: &[u8]) -> bool {
    match value {
        [b'$', rest @ ..] => {
            memchr::memchr(b'$', &rest[..rest.len().min(12)]).is_some_and(|end| end > 0 && value.len() > 20)
        }
        [b'{', rest @ ..] => memchr::memchr(b'}', &rest[..rest.len().min(14)]).is_some_and(|end| {
            end > 1
                && rest[..end].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-')
        }),
        [b'*', rest @ ..] => rest.len() == 40 && rest.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    }
}

/// The word for password as forms show it.
fn localised(value: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "Passwort",
        "Kennwort",
        "Wachtwoord",
        "Senha",
        "Contraseña",
        "Clave",
        "Lösenord",
        "Passord",
        "Adgangskode",
        "Salasana",
        "Hasło",
        "Heslo",
        "Jelszó",
        "Parolă",
        "Parola",
        "Şifre",
        "Parool",
        "Parole",
        "Slaptažodis",
        "Geslo",
        "Lozinka",
        "Κωδικός",
        "Пароль",
        "Парола",
        "Лозинка",
        "密码",
        "密碼",
        "パスワード",
        "비밀번호",
        "รหัสผ่าน",
        "Mật",
        "Kata",
        "Contrasenya",
        "Pasahitza",
        "Contrasinal",
        "Fjalëkalimi",
        "סיסמה",
        "پاسورڈ",
        "पासवर्ड",
        "Lykilorð",
        "Nenosiri",
        "Wagwoord",
        "Пароль:",
        "Passwort:",
        "Senha:",
        "Mot",
    ];
    // All of them begin with a capital or are not written in ASCII.
    let may_be = value[0].is_ascii_uppercase() || value[0] >= 0x80;
    let first = value.split(|byte| *byte == b' ').next().unwrap_or(value);
    may_be && WORDS.iter().any(|word| word.as_bytes() == first)
}

/// `****`, `....`, `xxxx`, `----`: one character, or two.
fn filler(value: &[u8]) -> bool {
    let other = value.iter().find(|byte| **byte != value[0]);
    other.is_none()
        || value.iter().all(|byte| matches!(byte, b'*' | b'.' | b'-' | b'_' | b'x' | b'X' | b' ' | b'/' | b'?'))
}

/// Words of programming languages and of schemas, which stand where values do.
fn word_of_language(value: &[u8], quote: Quote) -> bool {
    const ANY: &[&[u8]] = &[
        b"true",
        b"false",
        b"null",
        b"none",
        b"nil",
        b"undefined",
        b"string",
        b"boolean",
        b"bool",
        b"number",
        b"integer",
        b"int",
        b"object",
        b"text",
        b"required",
        b"optional",
        b"yes",
        b"enabled",
        b"disabled",
    ];
    const BARE: &[&[u8]] = &[
        b"str",
        b"bytes",
        b"byte",
        b"char",
        b"char*",
        b"any",
        b"self",
        b"this",
        b"void",
        b"function",
        b"await",
        b"new",
        b"return",
        b"not",
        b"and",
        b"if",
        b"for",
        b"let",
        b"const",
        b"varchar",
        b"uuid",
        b"array",
        b"list",
        b"dict",
        b"map",
        b"float",
        b"long",
        b"default",
        b"off",
        b"in",
    ];
    // A number as code writes it.
    let number = value.strip_prefix(b"0x").is_some_and(|digits| digits.len() <= 17 && quote == Quote::None);
    let is = |word: &&[u8]| value.eq_ignore_ascii_case(word);
    number || ANY.iter().any(is) || quote == Quote::None && BARE.iter().any(is)
}

/// Text for people: more than three blanks, unless digits are all over it.
fn sentence(value: &[u8]) -> bool {
    let blanks = value.iter().filter(|byte| **byte == b' ').count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    blanks > 3 && digits < blanks
}

/// `getenv("NAME")`, `config.get("name")`: the value is the name of something.
fn is_getter(window: &Window<'_>, found: &Candidate) -> bool {
    if found.wrapper.is_empty() {
        return false;
    }
    let call = &window.bytes[found.wrapper.clone()];
    let call = &call[..call.len() - 1];
    let lower = call.to_ascii_lowercase();
    let last = lower.rsplit(|byte| matches!(byte, b'.' | b':' | b'>')).next().unwrap_or(&lower);
    const STARTS: &[&[u8]] = &[
        b"get",
        b"find",
        b"read",
        b"load",
        b"fetch",
        b"env",
        b"lookup",
        b"param",
        b"config",
        b"require",
        b"input",
        b"prompt",
        b"query",
        b"select",
        b"t",
        b"i18n",
        b"translate",
        b"gettext",
        b"_",
        b"option",
        b"opt",
        b"has",
        b"is",
        b"parse",
        b"field",
        b"resolve",
        b"setting",
        b"ask",
        b"request",
        b"flag",
        b"string_var",
        b"stringvar",
        b"element",
        b"by",
        b"format",
        b"sprintf",
        b"session",
        b"cookie",
        b"dig",
    ];
    let word_end = |word: &[u8]| word.len() > 2 || last.len() == word.len();
    STARTS.iter().any(|word| last.starts_with(word) && word_end(word))
        || lower.ends_with(b"getenv")
        || lower.ends_with(b"environ")
}

/// Words that make a name a secret's: surely, and unless the value is the name.
static STEMS: Lexicon = Lexicon::new(&[&["pass", "pwd"], &["secret", "token", "cred"]]);

/// A name that is only `key` needs a value that is more than a word.
fn name_says_enough(name: &[u8], value: &[u8], syntax: Syntax) -> bool {
    if matches!(syntax, Syntax::Url | Syntax::Header | Syntax::User | Syntax::Sql) {
        return true;
    }
    let said = STEMS.said(name);
    if said & 1 == 1 {
        return true;
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let same = value.eq_ignore_ascii_case(name);
    if said & 2 == 2 {
        return !same;
    }
    // Of keys and auths.
    let mixed =
        value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase) && !value.contains(&b' ');
    value.len() >= 8 && (digits > 0 || value.len() >= 16 || mixed) && !same
}
