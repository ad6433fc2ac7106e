SELECT json_build_object('policymakers', json_build_object('nodes', json_agg(json_build_object(
    'id', id, 'displayName', concat_ws(' ', honorific, given_name, family_name), 'updatedAt', updated_at,
    'appointments', (
        SELECT json_agg(json_build_object(
            'title', title, 'since', since, 'until', until,
            'institution', json_build_object(
                'id', institution.id, 'name', jsonb_path_query_first(names, '$[*] ? (@.language == "en").text')))
            ORDER BY since DESC NULLS LAST, appointment.id)
        FROM appointment JOIN institution ON institution.id = institution_id
        WHERE policymaker_id = changed.id AND public)) ORDER BY updated_at, id)))
FROM (
    SELECT id, honorific, given_name, family_name, updated_at FROM policymaker
    WHERE updated_at >= {since} AND EXISTS (
        SELECT FROM appointment
        WHERE policymaker_id = policymaker.id AND public
          AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date))
    ORDER BY updated_at, id LIMIT 100) AS changed;
