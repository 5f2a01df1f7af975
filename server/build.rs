//! `sqlx::migrate!` compiles the migrations in, but cargo only knows those that were there before.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
