-- 20250201000000_init
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";
-- CreateEnum
CREATE TYPE "Rank" AS ENUM ('MEMBER', 'KEEPER');
-- CreateTable
CREATE TABLE "Member" ("id" TEXT NOT NULL, "email" TEXT NOT NULL, "rank" "Rank" NOT NULL DEFAULT 'MEMBER', "since" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "Member_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Session" ("id" TEXT NOT NULL, "memberId" TEXT NOT NULL, "ends" TIMESTAMP(3) NOT NULL, CONSTRAINT "Session_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Garden" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, "ownerId" TEXT, CONSTRAINT "Garden_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Bed" ("id" SERIAL NOT NULL, "gardenId" INTEGER NOT NULL, "area" DOUBLE PRECISION NOT NULL, CONSTRAINT "Bed_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Plant" ("id" SERIAL NOT NULL, "latin" TEXT NOT NULL, "names" TEXT[], CONSTRAINT "Plant_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Planting" ("bedId" INTEGER NOT NULL, "plantId" INTEGER NOT NULL, "planted" DATE, CONSTRAINT "Planting_pkey" PRIMARY KEY ("bedId", "plantId"));
CREATE TABLE "Tool" ("id" SERIAL NOT NULL, "label" VARCHAR(40) NOT NULL, CONSTRAINT "Tool_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Loan" ("id" SERIAL NOT NULL, "toolId" INTEGER NOT NULL, "memberId" TEXT NOT NULL, CONSTRAINT "Loan_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Weather" ("day" DATE NOT NULL, "rain" DECIMAL(6,2) NOT NULL, CONSTRAINT "Weather_pkey" PRIMARY KEY ("day"));
CREATE TABLE "_MemberToGarden" ("A" TEXT NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_MemberToGarden_AB_pkey" PRIMARY KEY ("A","B"));
-- CreateIndex
CREATE UNIQUE INDEX "Member_email_key" ON "Member"("email");
CREATE INDEX "Session_memberId_idx" ON "Session"("memberId");
CREATE INDEX "Plant_names_idx" ON "Plant" USING GIN ("names");
CREATE INDEX "_MemberToGarden_B_index" ON "_MemberToGarden"("B");
-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "Member"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Garden" ADD CONSTRAINT "Garden_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "Member"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Bed" ADD CONSTRAINT "Bed_gardenId_fkey" FOREIGN KEY ("gardenId") REFERENCES "Garden"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "_MemberToGarden" ADD CONSTRAINT "_MemberToGarden_A_fkey" FOREIGN KEY ("A") REFERENCES "Member"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- 20250202000000_more
-- AlterTable
ALTER TABLE "Garden" ADD COLUMN     "public" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "slug" TEXT;
-- AlterTable
ALTER TABLE "Tool" ALTER COLUMN "label" SET DATA TYPE TEXT;
-- CreateIndex
CREATE UNIQUE INDEX "Garden_slug_key" ON "Garden"("slug");
-- AlterEnum
ALTER TYPE "Rank" ADD VALUE 'GUEST';
-- 20250203000000_orders
-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "gardenId" INTEGER,
ADD COLUMN     "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "changed" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "rank" "Rank" NOT NULL DEFAULT 'MEMBER';
-- AlterEnum
ALTER TYPE mood ADD VALUE 'calm';
