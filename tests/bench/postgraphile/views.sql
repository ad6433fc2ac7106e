-- What somebody who serves these tables with PostGraphile would write: views of what anonymous visitors see, with the keys that
-- PostgreSQL does not know of views as smart tags, and functions for what a filter on columns cannot say.
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
SET search_path = peer, public;

-- The English text, or else the first. Without a SQL function's SET or STRICT, so that the planner can put it in place.
CREATE FUNCTION peer.english(texts jsonb) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
    $$ SELECT coalesce(jsonb_path_query_first(texts, '$[*] ? (@.language == "en").text'), texts -> 0 -> 'text') #>> '{}' $$;
COMMENT ON FUNCTION peer.english IS '@behavior -*';

CREATE VIEW peer.country AS
    SELECT id, code, sort_key, peer.english(names) AS name FROM public.country;
COMMENT ON VIEW peer.country IS E'@primaryKey id\n@unique code';

CREATE VIEW peer.institution AS
    SELECT id, slug, sort_key, country_id, city, updated_at, peer.english(names) AS name FROM public.institution;
COMMENT ON VIEW peer.institution IS E'@primaryKey id\n@foreignKey (country_id) references country (id)\n@behavior +update';
COMMENT ON COLUMN peer.institution.city IS '@behavior +attribute:update';

-- Who does not count versions by hand has a trigger do it. Balai and the SQL count them, so that it does nothing for them.
CREATE FUNCTION peer.count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version = OLD.version + 1;
    NEW.updated_at = now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION peer.count_version IS '@behavior -*';
CREATE TRIGGER count_version BEFORE UPDATE ON public.institution
    FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION peer.count_version();

CREATE VIEW peer.appointment AS
    SELECT id, policymaker_id, institution_id, title, level, since, until FROM public.appointment WHERE public;
COMMENT ON VIEW peer.appointment IS
    E'@primaryKey id\n@foreignKey (policymaker_id) references policymaker (id)\n@foreignKey (institution_id) references institution (id)';

CREATE VIEW peer.policymaker AS
    SELECT id, given_name, family_name, honorific, native_name, sort_key, country_id, updated_at,
           concat_ws(' ', honorific, given_name, family_name) AS display_name
    FROM public.policymaker
    WHERE EXISTS (
        SELECT FROM public.appointment
        WHERE appointment.policymaker_id = policymaker.id AND appointment.public
          AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date));
COMMENT ON VIEW peer.policymaker IS E'@primaryKey id\n@foreignKey (country_id) references country (id)';

CREATE VIEW peer.opportunity AS
    SELECT id, slug, sort_key, kind, status, opens_on, deadline, lead_institution_id, eligible_everyone, updated_at,
           peer.english(titles) AS title
    FROM public.opportunity
    WHERE published_at IS NOT NULL;
COMMENT ON VIEW peer.opportunity IS E'@primaryKey id\n@foreignKey (lead_institution_id) references institution (id)';

-- A view and not a column to filter by: of a parameter the planner does not know that it is true.
CREATE VIEW peer.open_opportunity AS
    SELECT * FROM peer.opportunity
    WHERE status = 'PUBLISHED' AND (opens_on IS NULL OR opens_on <= current_date) AND (deadline IS NULL OR deadline > now());
COMMENT ON VIEW peer.open_opportunity IS E'@primaryKey id\n@foreignKey (lead_institution_id) references institution (id)';

CREATE VIEW peer.opportunity_country AS
    SELECT opportunity_id, country_id FROM public.opportunity_country;
COMMENT ON VIEW peer.opportunity_country IS
    E'@primaryKey opportunity_id,country_id\n@foreignKey (opportunity_id) references opportunity (id)\n@foreignKey (opportunity_id) references open_opportunity (id)\n@foreignKey (country_id) references country (id)';

-- The people who hold a position at an institution today.
CREATE VIEW peer.holder AS
    SELECT held.institution_id, policymaker.id, policymaker.sort_key,
           concat_ws(' ', honorific, given_name, family_name) AS display_name
    FROM (
        SELECT DISTINCT institution_id, policymaker_id FROM public.appointment
        WHERE public AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date)) AS held
    JOIN public.policymaker ON policymaker.id = held.policymaker_id;
COMMENT ON VIEW peer.holder IS
    E'@primaryKey institution_id,id\n@foreignKey (institution_id) references institution (id)';

-- The opportunities that an institution leads or takes part in.
CREATE VIEW peer.institution_opportunity AS
    SELECT taking_part.institution_id, opportunity.id, opportunity.sort_key, peer.english(titles) AS title, deadline
    FROM (
        SELECT lead_institution_id AS institution_id, id AS opportunity_id FROM public.opportunity
        UNION
        SELECT institution_id, opportunity_id FROM public.opportunity_partner) AS taking_part
    JOIN public.opportunity ON opportunity.id = taking_part.opportunity_id
    WHERE published_at IS NOT NULL;
COMMENT ON VIEW peer.institution_opportunity IS
    E'@primaryKey institution_id,id\n@foreignKey (institution_id) references institution (id)';

-- The opportunities of a kind that accept interest now and are open to a country.
CREATE FUNCTION peer.open_calls(kind text, country text) RETURNS SETOF peer.open_opportunity STABLE LANGUAGE sql AS $$
    SELECT * FROM peer.open_opportunity
    WHERE open_opportunity.kind = open_calls.kind AND (
        eligible_everyone
        OR id IN (
            SELECT opportunity_id FROM public.opportunity_country
            WHERE country_id = (SELECT id FROM public.country WHERE code = open_calls.country)
            UNION ALL
            SELECT opportunity_id FROM public.opportunity_group JOIN public.group_membership USING (group_id)
            WHERE country_id = (SELECT id FROM public.country WHERE code = open_calls.country) AND role = 'MEMBER'
              AND (since IS NULL OR since <= current_date::text)
              AND (until IS NULL OR substr(current_date::text, 1, length(until)) <= until)))
$$;
COMMENT ON FUNCTION peer.open_calls IS '@behavior +order +resource:connection:order';

-- What has all words of a query (at most three), best first, in the order of Balai's own answers.
CREATE TYPE peer.hit AS (kind text, subject_id uuid, name text);
CREATE FUNCTION peer.search(query text, many int) RETURNS SETOF peer.hit STABLE LANGUAGE sql AS $$
    WITH best AS MATERIALIZED (
        SELECT kind, subject_id, (
            SELECT min(least(length(name), 9999) + CASE
                WHEN name = query THEN 0
                WHEN starts_with(name, query) THEN 10000
                WHEN ' ' || name LIKE ALL (SELECT '% ' || word || '%' FROM string_to_table(query, ' ') AS word) THEN 20000
                WHEN name LIKE ALL (SELECT '%' || word || '%' FROM string_to_table(query, ' ') AS word) THEN 30000
                ELSE 40000 END)
            FROM string_to_table(names, E'\n') AS name) AS rank
        FROM public.search_entry
        WHERE content LIKE '%' || split_part(query, ' ', 1) || '%'
          AND content LIKE '%' || split_part(query, ' ', 2) || '%'
          AND content LIKE '%' || split_part(query, ' ', 3) || '%'
          AND (kind IN ('COUNTRY', 'COUNTRY_GROUP', 'CONVENTION', 'INSTITUTION', 'AGREEMENT')
               OR kind = 'POLICYMAKER' AND EXISTS (SELECT FROM peer.policymaker WHERE id = subject_id)
               OR kind = 'OPPORTUNITY' AND EXISTS (SELECT FROM peer.opportunity WHERE id = subject_id))
        ORDER BY rank, subject_id
        LIMIT many)
    SELECT kind, subject_id, CASE kind
        WHEN 'COUNTRY' THEN (SELECT peer.english(names) FROM public.country WHERE id = subject_id)
        WHEN 'COUNTRY_GROUP' THEN (SELECT peer.english(names) FROM public.country_group WHERE id = subject_id)
        WHEN 'CONVENTION' THEN (SELECT peer.english(titles) FROM public.convention WHERE id = subject_id)
        WHEN 'INSTITUTION' THEN (SELECT peer.english(names) FROM public.institution WHERE id = subject_id)
        WHEN 'POLICYMAKER' THEN (SELECT display_name FROM peer.policymaker WHERE id = subject_id)
        WHEN 'AGREEMENT' THEN (SELECT peer.english(titles) FROM public.agreement WHERE id = subject_id)
        WHEN 'OPPORTUNITY' THEN (SELECT title FROM peer.opportunity WHERE id = subject_id) END
    FROM best ORDER BY rank, subject_id
$$;
COMMENT ON FUNCTION peer.search IS '@simpleCollections only';
