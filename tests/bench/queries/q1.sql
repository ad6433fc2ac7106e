SELECT json_build_object('policymaker', json_build_object(
    'id', id, 'givenName', given_name, 'familyName', family_name, 'honorific', honorific,
    'displayName', concat_ws(' ', honorific, given_name, family_name), 'updatedAt', updated_at))
FROM policymaker
WHERE id = {id} AND EXISTS (
    SELECT FROM appointment
    WHERE policymaker_id = policymaker.id AND public
      AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date));
