//! How a program reads a value from its environment: the two lines for the language of a file.

use bstr::{BStr, ByteSlice};

use crate::{finding::Finding, rule::Kind};

/// What to write where a key stood, and how a comment is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What the lines do, as the end of "Take it out and ...".
    pub what: &'static str,
    /// The two lines.
    pub lines: [String; 2],
    /// What a comment begins and ends with; `None` where the language has none.
    pub comment: Option<(&'static str, &'static str)>,
}

const READ: &str = "let the program read it from its environment";

/// Endings of names, comment, two lines. `{X}` is the variable, `{snake}` and `{camel}` are the name in the program.
type Language = (&'static [&'static str], Option<(&'static str, &'static str)>, [&'static str; 2]);

const HASH: Option<(&str, &str)> = Some(("#", ""));
const SLASHES: Option<(&str, &str)> = Some(("//", ""));
const DASHES: Option<(&str, &str)> = Some(("--", ""));

const LANGUAGES: &[Language] = &[
    (&["py", "pyi", "pyw", "ipynb"], HASH, ["import os", "{snake} = os.environ[\"{X}\"]"]),
    (
        &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte"],
        SLASHES,
        ["const {camel} = process.env.{X};", "if (!{camel}) throw new Error(\"{X} is not set\");"],
    ),
    (&["go"], SLASHES, ["{camel} := os.Getenv(\"{X}\")", "if {camel} == \"\" { log.Fatal(\"{X} is not set\") }"]),
    (&["rs"], SLASHES, ["let {snake} = std::env::var(\"{X}\")", "    .expect(\"{X} is set\");"]),
    (
        &["java", "groovy", "gradle"],
        SLASHES,
        ["String {camel} = System.getenv(\"{X}\");", "java.util.Objects.requireNonNull({camel}, \"{X} is not set\");"],
    ),
    (&["kt", "kts"], SLASHES, ["val {camel} = System.getenv(\"{X}\")", "    ?: error(\"{X} is not set\")"]),
    (&["scala", "sc"], SLASHES, ["val {camel} = sys.env.getOrElse(\"{X}\",", "  sys.error(\"{X} is not set\"))"]),
    (&["rb", "rake", "gemspec", "ru"], HASH, ["# fails where it is not set", "{snake} = ENV.fetch(\"{X}\")"]),
    (&["php"], SLASHES, ["${camel} = getenv('{X}');", "if (!${camel}) { throw new Exception('{X} is not set'); }"]),
    (
        &["cs"],
        SLASHES,
        [
            "var {camel} = Environment.GetEnvironmentVariable(\"{X}\")",
            "    ?? throw new InvalidOperationException(\"{X} is not set\");",
        ],
    ),
    (&["sh", "bash", "zsh", "ksh", "command"], HASH, [": \"${{X}:?is not set}\"", "{snake}=${X}"]),
    (&["fish"], HASH, ["set -q {X}; or exit 1", "set {snake} ${X}"]),
    (&["ps1", "psm1"], HASH, ["${camel} = $env:{X}", "if (-not ${camel}) { throw '{X} is not set' }"]),
    (
        &["c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm", "ino"],
        SLASHES,
        ["const char *{snake} = getenv(\"{X}\");  // stdlib.h", "if (!{snake}) abort();"],
    ),
    (&["swift"], SLASHES, ["import Foundation", "let {camel} = ProcessInfo.processInfo.environment[\"{X}\"]!"]),
    (&["dart"], SLASHES, ["import 'dart:io';", "final {camel} = Platform.environment['{X}']!;"]),
    (&["ex", "exs"], HASH, ["# fails where it is not set", "{snake} = System.fetch_env!(\"{X}\")"]),
    (&["erl"], Some(("%", "")), ["% fails where it is not set", "Value = os:getenv(\"{X}\"), true = is_list(Value)."]),
    (&["pl", "pm", "t"], HASH, ["my ${snake} = $ENV{'{X}'}", "    // die '{X} is not set';"]),
    (&["r", "rmd"], HASH, ["{snake} <- Sys.getenv(\"{X}\")", "stopifnot(nzchar({snake}))"]),
    (&["jl"], HASH, ["# fails where it is not set", "{snake} = ENV[\"{X}\"]"]),
    (&["lua"], DASHES, ["local {snake} = os.getenv(\"{X}\")", "assert({snake}, \"{X} is not set\")"]),
    (&["hs"], DASHES, ["import System.Environment (getEnv)", "{camel} <- getEnv \"{X}\""]),
    (
        &["clj", "cljs"],
        Some((";", "")),
        ["(def {snake} (System/getenv \"{X}\"))", "(assert {snake} \"{X} is not set\")"],
    ),
    (
        &["tf", "tfvars", "hcl"],
        HASH,
        ["variable \"{snake}\" { sensitive = true }", "# and TF_VAR_{snake} in the environment"],
    ),
    (&["sql"], DASHES, ["-- psql -v {snake}=\"${X}\" -f FILE", "... :'{snake}' ..."]),
    (&["yml", "yaml"], HASH, ["{snake}: ${{X}}", "# filled in where it is used: envsubst < FILE"]),
    (&["json"], None, ["\"{snake}\": \"${{X}}\"", "and fill it in where it is used: envsubst < FILE"]),
    (&["jsonc", "json5"], SLASHES, ["\"{snake}\": \"${{X}}\"", "// filled in where it is used: envsubst < FILE"]),
    (&["toml", "ini", "cfg", "conf"], HASH, ["{snake} = \"${{X}}\"", "# filled in where it is used: envsubst < FILE"]),
    (&["properties"], HASH, ["{snake}=${{X}}", "# Spring and others fill it in from the environment"]),
    (
        &["xml", "html", "plist", "config"],
        Some(("<!--", "-->")),
        ["${{X}}", "<!-- filled in where it is used: envsubst < FILE -->"],
    ),
    (&["dockerfile"], HASH, ["RUN --mount=type=secret,id={snake} \\", "    {X}=$(cat /run/secrets/{snake}) COMMAND"]),
    (&["makefile", "mk"], HASH, ["# fails where it is not set", "{snake} := $(or $({X}),$(error {X} is not set))"]),
];

const GITHUB_WORKFLOW: [&str; 2] = ["env:", "  {X}: ${{ secrets.{X} }}"];
const COMPOSE: [&str; 2] = ["environment:", "  {X}: ${{X}:?is not set}"];
const GITLAB: [&str; 2] = ["# Settings, CI/CD, Variables: {X}, masked", "script: [ 'command --token \"${X}\"' ]"];
const OTHER: [&str; 2] = [
    "export {X}=...     in the shell that runs it, or in a file that git ignores",
    "${X}               where the value stood",
];

/// The lines for a file, from its name, its language and what stands there.
pub fn advice(path: Option<&BStr>, finding: &Finding, excerpt: Option<&str>) -> Advice {
    let path = path.map(|path| path.to_str_lossy().into_owned()).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    if finding.about.kind == Kind::PrivateKey && finding.places.iter().all(|shown| shown.place.position.offset == 0) {
        return out_of_git(&path, "keep the file out of git");
    }
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
        return out_of_git(&path, "keep the file out of git");
    }
    let ending = name.rsplit('.').next().unwrap_or_default();
    let found = LANGUAGES.iter().find(|(endings, ..)| endings.contains(&ending));
    let (comment, lines) = match found {
        _ if path.contains(".github/workflows/") => (HASH, GITHUB_WORKFLOW),
        _ if name.contains("compose") && name.ends_with("ml") => (HASH, COMPOSE),
        _ if name == ".gitlab-ci.yml" => (HASH, GITLAB),
        Some((_, comment, lines)) => (*comment, *lines),
        None if name.starts_with("dockerfile") || name.starts_with("containerfile") => of("dockerfile"),
        None => (HASH, OTHER),
    };
    let variable = variable(finding, excerpt);
    Advice { what: READ, lines: lines.map(|line| filled(line, &variable)), comment }
}

fn of(ending: &str) -> (Option<(&'static str, &'static str)>, [&'static str; 2]) {
    let found = LANGUAGES.iter().find(|(endings, ..)| endings.contains(&ending));
    found.map_or((HASH, OTHER), |(_, comment, lines)| (*comment, *lines))
}

fn out_of_git(path: &str, what: &'static str) -> Advice {
    let quoted = format!("'{}'", path.replace('\'', "'\\''"));
    let lines = [format!("git rm --cached -- {quoted}"), format!("echo {quoted} >> .gitignore")];
    Advice { what, lines, comment: HASH }
}

fn filled(line: &str, variable: &str) -> String {
    let snake = variable.to_lowercase();
    let mut words = snake.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut chars = word.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(chars.as_str());
    }
    line.replace("{X}", variable).replace("{snake}", &snake).replace("{camel}", &camel)
}

/// A name for the value: the one that it has in its line, or the issuer's.
fn variable(finding: &Finding, excerpt: Option<&str>) -> String {
    let there = excerpt.and_then(|excerpt| excerpt.split_once(&finding.masked)).and_then(|(before, _)| named(before));
    let issuer = screaming(&finding.about.issuer);
    match there {
        Some(name) if !is_bare(&name) => name,
        Some(name) if finding.about.rule.starts_with("generic") => name,
        _ => format!("{issuer}_{}", noun(finding.about.kind)),
    }
}

/// The name that a value is given to: the last word before `=`, `:` or `=>`.
fn named(before: &str) -> Option<String> {
    let before = before.trim_end_matches(['"', '\'', '`', ' ', '(', '$']);
    let assigned = before.trim_end_matches(['=', ':', '>', ' ']);
    if assigned.len() == before.len() {
        return None;
    }
    let assigned = assigned.trim_end_matches(['"', '\'', ' ', ']']);
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    let start = assigned.rfind(|char| !is_part(char)).map_or(0, |at| at + 1);
    let name = screaming(&assigned[start..]);
    let fits = name.len() >= 3 && name.len() <= 40 && name.starts_with(|char: char| char.is_ascii_alphabetic());
    fits.then_some(name)
}

/// `apiKey`, `api-key` and `api_key` as `API_KEY`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    let mut was_small = false;
    for char in name.chars() {
        if char.is_ascii_uppercase() && was_small {
            out.push('_');
        }
        was_small = char.is_ascii_lowercase() || char.is_ascii_digit();
        out.push(if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' });
    }
    out.trim_matches('_').to_owned()
}

/// Names that say nothing of whose it is.
fn is_bare(name: &str) -> bool {
    matches!(
        name,
        "TOKEN" | "KEY" | "SECRET" | "PASSWORD" | "PASSWD" | "API_KEY" | "APIKEY" | "VALUE" | "AUTH" | "CREDENTIAL"
    )
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "API_KEY",
        Kind::PersonalAccessToken | Kind::OauthToken | Kind::SessionToken => "TOKEN",
        Kind::M2mClient => "CLIENT_SECRET",
        Kind::Webhook => "WEBHOOK_URL",
        Kind::PrivateKey => "PRIVATE_KEY",
        Kind::ConnectionString => "URL",
        Kind::Password => "PASSWORD",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn lines(path: &str, excerpt: &str) -> [String; 2] {
        advice(Some(path.into()), &sample::report().findings[0], Some(excerpt)).lines
    }

    #[test]
    fn the_name_in_the_line_names_the_variable() {
        let masked = &sample::report().findings[0].masked;
        let line = |text: &str| lines("a.py", &text.replace('@', masked))[1].clone();
        assert_eq!(line("deployToken = '@'"), "deploy_token = os.environ[\"DEPLOY_TOKEN\"]");
        assert_eq!(line("  \"ci-bot\": \"@\","), "ci_bot = os.environ[\"CI_BOT\"]");
        assert_eq!(line("os.environ['BOT_KEY'] = @"), "bot_key = os.environ[\"BOT_KEY\"]");
        // A name that says nothing, and no name.
        assert_eq!(line("token = '@'"), "github_token = os.environ[\"GITHUB_TOKEN\"]");
        assert_eq!(line("login('@')"), "github_token = os.environ[\"GITHUB_TOKEN\"]");
    }

    #[test]
    fn the_file_decides_about_the_language() {
        assert_eq!(lines("src/a.ts", "")[0], "const githubToken = process.env.GITHUB_TOKEN;");
        assert_eq!(lines(".github/workflows/x.yml", "")[1], "  GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}");
        assert_eq!(lines("docker-compose.yaml", "")[1], "  GITHUB_TOKEN: ${GITHUB_TOKEN:?is not set}");
        assert_eq!(lines("Dockerfile.dev", "")[0], "RUN --mount=type=secret,id=github_token \\");
        assert_eq!(
            lines("it's/.env", ""),
            ["git rm --cached -- 'it'\\''s/.env'", "echo 'it'\\''s/.env' >> .gitignore"]
        );
        assert!(lines("notes", "")[0].starts_with("export GITHUB_TOKEN="));
    }

    #[test]
    fn every_language_fills_in_all_names() {
        for (endings, _, texts) in LANGUAGES {
            for text in texts {
                let line = filled(text, "GITHUB_TOKEN");
                assert!(!line.contains("{X}") && !line.contains("{snake}") && !line.contains("{camel}"), "{endings:?}");
            }
            let all = texts.map(|text| filled(text, "GITHUB_TOKEN")).join("\n");
            assert!(all.contains("GITHUB_TOKEN") || all.contains("github_token"), "{endings:?}: {all}");
            assert!(all.lines().all(|line| line.chars().count() <= 74), "{all}");
        }
    }
}
