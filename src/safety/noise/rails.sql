-- 20250101000000_create_everything
CREATE EXTENSION IF NOT EXISTS "plpgsql";
CREATE TYPE "ticket_state" AS ENUM ('open', 'closed');
CREATE TABLE "halls" ("id" bigserial primary key, "name" character varying NOT NULL, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE TABLE "seats" ("id" bigserial primary key, "hall_id" bigint NOT NULL, "row" integer, "number" integer, CONSTRAINT "fk_rails_seat_hall" FOREIGN KEY ("hall_id") REFERENCES "halls" ("id"));
CREATE INDEX "index_seats_on_hall_id" ON "seats" ("hall_id");
CREATE UNIQUE INDEX "index_seats_on_hall_id_and_row_and_number" ON "seats" ("hall_id", "row", "number");
CREATE TABLE "plays" ("id" bigserial primary key, "title" character varying(120) DEFAULT '' NOT NULL, "tags" jsonb DEFAULT '{}');
CREATE INDEX "index_plays_on_tags" ON "plays" USING gin ("tags");
CREATE INDEX "index_plays_on_lower_title" ON "plays" (lower(title));
CREATE TABLE "shows" ("id" bigserial primary key, "play_id" bigint NOT NULL, "hall_id" bigint NOT NULL, "starts_at" timestamp(6));
CREATE TABLE "tickets" ("id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY, "show_id" bigint NOT NULL, "seat_id" bigint NOT NULL, "state" ticket_state DEFAULT 'open' NOT NULL);
CREATE TABLE "people" ("id" bigserial primary key, "email" character varying NOT NULL, "login" character varying);
CREATE TABLE "roles_people" ("person_id" bigint NOT NULL, "role_id" bigint NOT NULL);
CREATE TABLE "roles" ("id" bigserial primary key, "name" character varying);
CREATE TABLE "photos" ("id" bigserial primary key, "owner_type" character varying NOT NULL, "owner_id" bigint NOT NULL);
CREATE INDEX "index_photos_on_owner" ON "photos" ("owner_type", "owner_id");
CREATE TABLE "jobs" ("id" bigserial primary key, "arguments" text, "locked_by" character varying);
ALTER TABLE "shows" ADD CONSTRAINT "fk_rails_show_play" FOREIGN KEY ("play_id") REFERENCES "plays" ("id") ON DELETE CASCADE;
ALTER TABLE "shows" ADD CONSTRAINT "fk_rails_show_hall" FOREIGN KEY ("hall_id") REFERENCES "halls" ("id");
ALTER TABLE "tickets" ADD CONSTRAINT "fk_rails_ticket_show" FOREIGN KEY ("show_id") REFERENCES "shows" ("id");
ALTER TABLE "people" ADD "admin" boolean DEFAULT FALSE NOT NULL;
ALTER TABLE "people" ALTER COLUMN "login" SET NOT NULL;
ALTER TABLE "people" ADD CONSTRAINT "people_email_has_at" CHECK (email LIKE '%@%');
ALTER TABLE "people" RENAME COLUMN "login" TO "nickname";
CREATE UNIQUE INDEX "index_people_on_email" ON "people" ("email");
ALTER TABLE "roles" ADD COLUMN "created_at" timestamp(6) NOT NULL, ADD COLUMN "updated_at" timestamp(6) NOT NULL;
INSERT INTO "roles" ("name", "created_at", "updated_at") VALUES ('usher', now(), now());
INSERT INTO "schema_migrations" ("version") VALUES ('20250101000000') RETURNING "version";
-- 20250102000000_add_source_to_orders
SET lock_timeout TO '5s';
ALTER TABLE "orders" ADD "source" character varying;
ALTER TABLE "orders" ALTER COLUMN "source" SET DEFAULT 'web';
ALTER TABLE "customers" ALTER COLUMN "email" DROP NOT NULL;
-- 20250103000000_index_source outside
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "index_customers_on_phone" ON "customers" ("phone");
CREATE INDEX CONCURRENTLY "index_orders_on_source" ON "orders" ("source") WHERE source IS NOT NULL;
-- 20250104000000_add_foreign_key_unvalidated
ALTER TABLE "orders" ADD CONSTRAINT "fk_rails_order_seller" FOREIGN KEY ("seller_id") REFERENCES "customers" ("id") NOT VALID;
-- 20250105000000_validate_foreign_key
ALTER TABLE "orders" VALIDATE CONSTRAINT "fk_rails_order_seller";
-- 20250106000000_require_phone
ALTER TABLE "customers" ADD CONSTRAINT "customers_phone_null" CHECK (phone IS NOT NULL) NOT VALID;
-- 20250107000000_validate_phone
ALTER TABLE "customers" VALIDATE CONSTRAINT "customers_phone_null";
ALTER TABLE "customers" ALTER COLUMN "phone" SET NOT NULL;
ALTER TABLE "customers" DROP CONSTRAINT "customers_phone_null";
