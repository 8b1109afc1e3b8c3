# A static program, and nothing beside it: no shell, no certificates of a distribution (the program brings roots of its own), no root.
#   docker build -t keysweep . && docker run --rm -v "$PWD:/repo:ro" keysweep scan /repo
FROM rust:1.91-alpine AS build
RUN apk add --no-cache musl-dev gcc make cmake perl
WORKDIR /build
COPY . .
RUN cargo build --release --locked --target "$(uname -m)-unknown-linux-musl" \
 && cp "target/$(uname -m)-unknown-linux-musl/release/keysweep" /keysweep

FROM scratch
COPY --from=build /keysweep /keysweep
USER 65534:65534
WORKDIR /repo
ENTRYPOINT ["/keysweep"]
CMD ["scan"]
