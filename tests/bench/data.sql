-- The benchmark's data: everything is a function of its row number, and everybody in it is visibly invented.
-- Variables of psql: institutions, people, opportunities.
\set ON_ERROR_STOP on
\timing off
SET client_min_messages = warning;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';

-- A number from 0 to m - 1 that depends on the row and on what it is for.
CREATE FUNCTION pg_temp.pick(n bigint, salt bigint, m bigint) RETURNS bigint IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    $$ SELECT (hashint8extended(n, salt) & 4611686018427387903) % m $$;

CREATE FUNCTION pg_temp.word(words text[], n bigint, salt bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    $$ SELECT words[1 + pg_temp.pick(n, salt, array_length(words, 1))] $$;

CREATE FUNCTION pg_temp.key(kind text, n bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    $$ SELECT md5(kind || ':' || n)::uuid $$;

-- What the program's own folding makes of letters without accents, which are all that is used here.
CREATE FUNCTION pg_temp.fold(said text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    $$ SELECT btrim(regexp_replace(lower(said), '[^a-z0-9]+', ' ', 'g')) $$;

CREATE FUNCTION pg_temp.english(said text) RETURNS jsonb IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    $$ SELECT jsonb_build_array(jsonb_build_object('language', 'en', 'text', said)) $$;

-- Two syllables make a given name, three a family name or a place: none of them is anybody's.
CREATE FUNCTION pg_temp.syllables(n bigint, salt bigint, many int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT initcap(string_agg(pg_temp.word(
        '{ba,ce,dol,fir,gu,hax,jo,kel,lu,mir,no,pax,qui,rov,su,tze,ul,vim,wo,zyn}', n, salt + place), '' ORDER BY place))
    FROM generate_series(1, many) place
$$;

CREATE TEMPORARY TABLE vocabulary AS SELECT
    '{animation,archives,ballet,basketry,calligraphy,carving,ceramics,choirs,cinema,circus,comics,costume,craft,dance,
      documentary,drama,drawing,editing,embroidery,engraving,exhibitions,fables,fairs,festivals,folklore,galleries,games,
      gongs,illustration,jewellery,lacquer,libraries,literature,looms,masks,mosaics,murals,museums,opera,orchestras,
      painting,papermaking,percussion,photography,poetry,printing,puppetry,radio,recordings,restoration,scenography,
      screenwriting,sculpture,silk,songwriting,storytelling,subtitling,television,theatre,translation}'::text[] AS subjects,
    '{Annual,Border,Coastal,Common,Delta,Early,Eastern,Emerging,First,Forest,Harbour,Highland,Island,Joint,Lowland,Metropolitan,
      Mobile,Monsoon,Mountain,Northern,Open,Pacific,River,Rural,Shared,Southern,Travelling,Urban,Western,Young}'::text[] AS manners,
    '{Bursary,Call,Exchange,Fellowship,Forum,Grant,Laboratory,Market,Residency,Summit,Tour,Workshop}'::text[] AS forms,
    '{Agency,Board,Centre,Commission,Council,Directorate,Foundation,Fund,Institute,Ministry,Office,Trust}'::text[] AS bodies,
    '{MINISTRY,AGENCY,ARTS_COUNCIL,FILM_BODY,NATIONAL_COMMISSION,FUND,ACADEMIC,CIVIL_SOCIETY,NETWORK}'::text[] AS institution_kinds,
    '{CO_PRODUCTION,CO_DISTRIBUTION,ARTIST_MOBILITY,RESIDENCY,FUNDING,TRAINING,MARKET_ACCESS,EXCHANGE}'::text[] AS opportunity_kinds,
    '{MINISTER,DEPUTY_MINISTER,DIRECTOR_GENERAL,DIRECTOR,OFFICER,EXPERT}'::text[] AS levels,
    -- Times are told from the day of loading, so that about as many calls are open whenever this is run.
    date_trunc('day', now(), 'UTC') AS today;

-- Ten institutions or more in each country, so that a small data set has fewer countries with any.
CREATE TEMPORARY TABLE place AS
    SELECT id, code, row_number() OVER (ORDER BY code) - 1 AS rank FROM country ORDER BY code
    LIMIT least(200, greatest(20, :institutions / 10));
ANALYZE place;

BEGIN;

INSERT INTO institution (id, slug, names, sort_key, kind, descriptions, country_id, city, website, policy_areas, parent_id,
                         source, source_url, verified, note, version, created_at, updated_at)
SELECT pg_temp.key('institution', n), 'bench-institution-' || n,
       CASE WHEN n % 2 = 0 THEN pg_temp.english(name)
            ELSE pg_temp.english(name) || jsonb_build_array(jsonb_build_object('language', 'eo', 'text', city || ' ' || n)) END,
       pg_temp.fold(name), pg_temp.word(institution_kinds, n, 4), pg_temp.english('An invented institution.'),
       place.id, city, 'https://example.org/institutions/' || n, pg_temp.pick(n, 5, 32767)::int, NULL,
       'Invented', NULL, n % 3 = 0, NULL, 1, today - interval '800 days', today - make_interval(mins => pg_temp.pick(n, 6, 1000000)::int)
FROM generate_series(1, :institutions) n
CROSS JOIN vocabulary
CROSS JOIN LATERAL (SELECT pg_temp.syllables(n, 10, 3) AS city) AS seat
CROSS JOIN LATERAL (SELECT pg_temp.word(bodies, n, 1) || ' for ' || initcap(pg_temp.word(subjects, n, 2)) || ' and '
                           || initcap(pg_temp.word(subjects, n, 3)) || ', ' || city AS name) AS named
JOIN place ON rank = n % (SELECT count(*) FROM place);

INSERT INTO policymaker (id, given_name, family_name, honorific, native_name, sort_key, country_id, biographies, languages,
                         policy_areas, version, created_at, updated_at)
SELECT pg_temp.key('policymaker', n), given, family, CASE WHEN n % 7 = 0 THEN 'Dr' END, NULL, pg_temp.fold(family || ' ' || given),
       place.id, pg_temp.english('An invented person.'), '["en"]', pg_temp.pick(n, 20, 32767)::int, 1, today - interval '800 days',
       -- Imports change many at once.
       today - make_interval(mins => pg_temp.pick(n / 50, 21, 1000000)::int)
FROM generate_series(1, :people) n
CROSS JOIN vocabulary
CROSS JOIN LATERAL (SELECT pg_temp.syllables(n, 30, 2) AS given, pg_temp.syllables(n, 40, 3) AS family) AS named
JOIN place ON rank = n % (SELECT count(*) FROM place);

-- The first position of most people is held today; second and third ones are past, and a few are not public.
INSERT INTO appointment (id, policymaker_id, institution_id, title, level, since, until, public)
SELECT pg_temp.key('appointment', n * 10 + nth), pg_temp.key('policymaker', n),
       pg_temp.key('institution', 1 + pg_temp.pick(n, 50 + nth, :institutions)),
       initcap(replace(pg_temp.word(levels, n, 60 + nth), '_', ' ')) || ' of ' || initcap(pg_temp.word(subjects, n, 70 + nth)),
       pg_temp.word(levels, n, 60 + nth),
       today::date - (nth * 900)::int - pg_temp.pick(n, 80 + nth, 800)::int,
       CASE WHEN nth = 0 AND pg_temp.pick(n, 90, 20) = 0 THEN today::date - 1 - pg_temp.pick(n, 91, 300)::int
            WHEN nth > 0 THEN today::date - (nth * 900)::int + 1 + pg_temp.pick(n, 92 + nth, 90)::int END,
       pg_temp.pick(n, 95 + nth, 20) > 0
FROM generate_series(1, :people) n CROSS JOIN vocabulary CROSS JOIN generate_series(0, 2) nth
WHERE nth <= pg_temp.pick(n, 100, 3);

INSERT INTO contact_email (id, appointment_id, institution_id, position, address, kind, preferred, visibility)
SELECT pg_temp.key('email', n), pg_temp.key('appointment', n * 10), NULL, 0, 'person' || n || '@example.org', 'WORK', true,
       pg_temp.word('{PUBLIC,PUBLIC,PUBLIC,PUBLIC,PUBLIC,PUBLIC,MEMBERS,MEMBERS,MEMBERS,SECRETARIAT}', n, 110)
FROM generate_series(1, :people) n;

CREATE TEMPORARY TABLE call AS
SELECT n, pg_temp.word(manners, n, 200) || ' ' || initcap(pg_temp.word(subjects, n, 201)) || ' ' || pg_temp.word(forms, n, 202)
          || ' ' || n AS title,
       'Invented, for those who work in ' || pg_temp.word(subjects, n, 203) || ' and ' || pg_temp.word(subjects, n, 204) || '.' AS summary,
       CASE WHEN pg_temp.pick(n, 205, 20) > 0
            THEN today + make_interval(mins => 240 * (pg_temp.pick(n, 206, 6 * 900)::int - 6 * 540)) END AS deadline,
       pg_temp.word('{PUBLISHED,PUBLISHED,PUBLISHED,PUBLISHED,PUBLISHED,PUBLISHED,PUBLISHED,PUBLISHED,DRAFT,CLOSED}', n, 207) AS status,
       pg_temp.word(opportunity_kinds, n, 208) AS kind, pg_temp.pick(n, 209, 20) = 0 AS everyone,
       1 + pg_temp.pick(n, 210, :institutions) AS lead, today
FROM generate_series(1, :opportunities) n CROSS JOIN vocabulary;

INSERT INTO opportunity (id, slug, titles, sort_key, summaries, descriptions, kind, status, opens_on, deadline, starts_on, ends_on,
                         policy_areas, media, lead_institution_id, eligible_everyone, eligibility_note, recurring, funding_minimum,
                         funding_maximum, funding_currency, covers, languages, url, source, source_url, verified, note, version,
                         created_at, updated_at, published_at)
SELECT pg_temp.key('opportunity', n), 'bench-opportunity-' || n, pg_temp.english(title), pg_temp.fold(title), pg_temp.english(summary),
       '[]', kind, status, CASE WHEN n % 2 = 0 THEN deadline::date - 120 END, deadline, NULL, NULL, pg_temp.pick(n, 220, 32767)::int,
       pg_temp.pick(n, 221, 127)::int, pg_temp.key('institution', lead), everyone, NULL, deadline IS NULL, '1000', '20000', 'EUR',
       pg_temp.pick(n, 222, 511)::int, '["en"]', 'https://example.org/opportunities/' || n, 'Invented', NULL, n % 3 = 0, NULL, 1,
       today - interval '800 days', today - make_interval(mins => pg_temp.pick(n, 223, 1000000)::int),
       CASE WHEN status <> 'DRAFT' THEN today - make_interval(mins => pg_temp.pick(n, 224, 1000000)::int) END
FROM call;

INSERT INTO opportunity_country (opportunity_id, country_id)
SELECT DISTINCT pg_temp.key('opportunity', call.n), place.id
FROM call CROSS JOIN generate_series(1, 6) nth
JOIN place ON rank = pg_temp.pick(call.n, 300 + nth, (SELECT count(*) FROM place))
WHERE NOT everyone AND nth <= 2 + pg_temp.pick(call.n, 310, 5);

INSERT INTO opportunity_group (opportunity_id, group_id)
SELECT pg_temp.key('opportunity', call.n), grouped.id
FROM call JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS rank, count(*) OVER () AS all FROM country_group) AS grouped
     ON grouped.rank = pg_temp.pick(call.n, 320, grouped.all)
WHERE NOT everyone AND pg_temp.pick(call.n, 321, 10) = 0;

INSERT INTO opportunity_host (opportunity_id, country_id)
SELECT pg_temp.key('opportunity', call.n), place.id
FROM call JOIN place ON rank = pg_temp.pick(call.n, 330, (SELECT count(*) FROM place));

INSERT INTO opportunity_partner (opportunity_id, institution_id, role)
SELECT DISTINCT pg_temp.key('opportunity', n), pg_temp.key('institution', 1 + pg_temp.pick(n, 340 + nth, :institutions)),
       pg_temp.word('{PARTNER,LOCAL_PARTNER,DONOR,HOST}', n, 350 + nth)
FROM call CROSS JOIN generate_series(1, 2) nth WHERE nth <= pg_temp.pick(n, 360, 3);

-- What the program writes when it stores a subject: folded names, then everything else, one a line.
INSERT INTO search_entry (subject_id, kind, names, content)
SELECT institution.id, 'INSTITUTION', names.folded, concat_ws(E'\n', names.folded, pg_temp.fold(city))
FROM institution CROSS JOIN LATERAL (
    SELECT string_agg(pg_temp.fold(said.name ->> 'text'), E'\n' ORDER BY said.place) AS folded
    FROM jsonb_array_elements(institution.names) WITH ORDINALITY AS said (name, place)) AS names
WHERE slug LIKE 'bench-%';

INSERT INTO search_entry (subject_id, kind, names, content)
SELECT id, 'POLICYMAKER', folded, folded
FROM policymaker CROSS JOIN LATERAL (SELECT pg_temp.fold(concat_ws(' ', given_name, family_name)) AS folded) AS names
-- Those of the demonstration have one.
ON CONFLICT DO NOTHING;

INSERT INTO search_entry (subject_id, kind, names, content)
SELECT pg_temp.key('opportunity', n), 'OPPORTUNITY', pg_temp.fold(title), pg_temp.fold(title) || E'\n' || pg_temp.fold(summary)
FROM call;

COMMIT;

VACUUM (ANALYZE);
